"""`shapeguard check`: checks a builder's model by its shapes, or a program up to the first step of its first `fit`."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.cli.answers import Answer, add_brief, show
from shapeguard.cli.common_options import CannotRunError, add_colour, add_format
from shapeguard.cli.configuration import configuration
from shapeguard.cli.dry_run import add_proving, add_target_options, is_builder, request_of
from shapeguard.cli.forking import Children
from shapeguard.cli.later_lines import with_later_lines
from shapeguard.cli.processes import checked
from shapeguard.cli.proofs import proven
from shapeguard.cli.prover import Budget, Prover
from shapeguard.legible import legible
from shapeguard.source.files import SourceError
from shapeguard.source.suppressions import unused

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from shapeguard.cli.configuration import Configuration
    from shapeguard.cli.dry_run import DryRun, Request

EXAMPLES = """examples:
  shapeguard check train.py -- --epochs 3
  shapeguard check package.models:build_model --input 200,28,28,1 --expect shapes.json
  shapeguard check package.models:build_model package.models:build_other train.py
  shapeguard check package.models:build_model --list-expectations
  shapeguard check --static src

A script runs, data loading included, until the first step of its first fit() has passed, and is stopped there.
The lines behind it are read and not run: data that a later predict() does not take is reported too.
If a fix has to be proven, it runs again with the fix in its text, at most five times."""

NOTHING_EXPECTED = "no layer has an expected shape yet; write shapes as comments, or see `shapeguard annotate`"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the targets and the output options."""
    parser.add_argument("targets", metavar="TARGET", nargs="*", help="a script, or MODULE:BUILDER, or FILE.py:BUILDER")
    add_target_options(parser)
    parser.add_argument(
        "--static",
        action="store_true",
        help="run nothing and import no Keras: read the shapes of the files and folders named from their source",
    )
    parser.add_argument(
        "--list-expectations",
        action="store_true",
        help="also list each expected shape with its place and layer, and each comment that looks like one and is none",
    )
    add_proving(parser)
    add_format(parser)
    add_brief(parser)
    add_colour(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints the report of each target; returns the highest code: 1 for a mismatch."""
    settings = configuration()
    targets = arguments.targets or settings.targets
    if not targets:
        raise CannotRunError("no TARGET is given, and no `targets` in [tool.shapeguard] of pyproject.toml")
    if arguments.static:
        from shapeguard.cli.static_check import run_static

        return run_static([*targets, *arguments.arguments], arguments)
    return show(_answers(targets, arguments, settings), arguments)


def _answers(targets: Sequence[str], arguments: argparse.Namespace, settings: Configuration) -> list[Answer]:
    requests = [_request(target, arguments, settings) for target in targets]
    if len(targets) == 1:
        return [Answer(targets[0], _checked(requests[0], arguments, Budget(arguments)))]
    if arguments.arguments:
        raise CannotRunError("arguments after -- are for one script, and there are several targets")
    answers, budget = [], Budget(arguments)
    with Children() as children:
        for target, request in zip(targets, requests, strict=True):
            try:
                answers.append(Answer(target, _checked(request, arguments, budget, children)))
            except (CannotRunError, SourceError) as error:
                print(f"shapeguard: {legible(str(error))}", file=sys.stderr)
                answers.append(Answer(target, None, str(error)))
    return answers


def _request(target: str, arguments: argparse.Namespace, settings: Configuration) -> Request:
    request = request_of(arguments, target)
    return request if request.expect is not None else replace(request, expect=settings.contract_of(target))


def _checked(
    request: Request, arguments: argparse.Namespace, budget: Budget, children: Children | None = None
) -> DryRun:
    """The result for one target; prints what else there is to say about it."""
    dry_run = checked(request, arguments, start=children.start if children else None)
    if dry_run.report.ok and is_builder(request.target) and not arguments.module:
        print(f"shapeguard: {request.target}: the model builds; no data seen", file=sys.stderr)
    if dry_run.report.ok and not dry_run.expected:
        print(f"shapeguard: {NOTHING_EXPECTED}", file=sys.stderr)
    for ignore in unused(dry_run.report.rows):
        place = f"{os.path.relpath(ignore.span.file)}:{ignore.span.line}"
        print(f"shapeguard: {place}: {ignore.sentence()}", file=sys.stderr)
    with Prover(request, dry_run, budget, children) as prover:
        dry_run = proven(dry_run, prover)
        prover.print_runs()
    return dry_run if arguments.module or is_builder(request.target) else with_later_lines(dry_run, request.target)
