"""`shapeguard check`: checks a builder's model by its shapes, or a program up to the first step of its first `fit`."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

from shapeguard.cli.common_options import FINE, MISMATCH, CannotRunError, add_colour, add_format
from shapeguard.cli.configuration import configuration
from shapeguard.cli.dry_run import add_target, checked, is_builder, request_of
from shapeguard.cli.output import printed, terminal_of
from shapeguard.render.listing import listing, listing_document
from shapeguard.source.suppressions import unused

if TYPE_CHECKING:
    import argparse

    from shapeguard.cli.configuration import Configuration
    from shapeguard.report import Report

EXAMPLES = """examples:
  shapeguard check train.py -- --epochs 3
  shapeguard check package.models:build_model --input 200,28,28,1 --expect shapes.json
  shapeguard check package.models:build_model --list-expectations
  shapeguard check --static src

A script runs, data loading included, until the first step of its first fit() has passed, and is stopped there."""

NOTHING_EXPECTED = "no layer has an expected shape yet; write shapes as comments, or see `shapeguard annotate`"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the target and the output options."""
    add_target(parser, optional=True)
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
    add_format(parser)
    add_colour(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints the reports; returns the highest code: 1 for a mismatch."""
    settings = configuration()
    targets = (arguments.target,) if arguments.target else settings.targets
    if not targets:
        raise CannotRunError("no TARGET is given, and no `targets` in [tool.shapeguard] of pyproject.toml")
    if arguments.expect is None:
        arguments.expect = _contract(settings)
    if len(targets) > 1 and arguments.format == "json" and not arguments.static:
        raise CannotRunError("--format json prints the report of one target; name it")
    codes = []
    for target in targets:
        arguments.target = target
        codes.append(_run(arguments))
    return max(codes)


def _contract(settings: Configuration) -> str | None:
    if len(settings.expect) > 1:
        raise CannotRunError(f"{settings.file}: `expect` lists several contract files; name one with --expect")
    return next(iter(settings.expect), None)


def _run(arguments: argparse.Namespace) -> int:
    if arguments.static:
        from shapeguard.cli.static_check import run_static

        return run_static([arguments.target, *arguments.arguments], arguments)
    dry_run = checked(request_of(arguments), arguments)
    if dry_run.report.ok and is_builder(arguments.target) and not arguments.module:
        print(f"shapeguard: {arguments.target}: the model builds; no data seen", file=sys.stderr)
    if dry_run.report.ok and not dry_run.expected:
        print(f"shapeguard: {NOTHING_EXPECTED}", file=sys.stderr)
    for ignore in unused(dry_run.report.rows):
        place = f"{os.path.relpath(ignore.span.file)}:{ignore.span.line}"
        print(f"shapeguard: {place}: {ignore.sentence()}", file=sys.stderr)
    show(dry_run.report, arguments)
    return FINE if dry_run.report.ok else MISMATCH


def show(report: Report, arguments: argparse.Namespace) -> None:
    """Prints the report in the format that was asked for, and with it what is expected, if that was asked for too."""
    if arguments.list_expectations and arguments.format == "json":
        print(_with_listing(report))
        return
    text = printed(report, arguments.format, terminal_of(arguments.color, sys.stdout))
    if text:
        print(text)
    if arguments.list_expectations:
        is_text = arguments.format == "text"
        print(("\n" if is_text else "") + listing(report.expectations), file=sys.stdout if is_text else sys.stderr)


def _with_listing(report: Report) -> str:
    document = report.to_dict() | {"expectations": listing_document(report.expectations)}
    return json.dumps(document, indent=2, allow_nan=False)
