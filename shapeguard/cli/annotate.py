"""`shapeguard annotate`: writes the observed shapes into the source, as trailing comments."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from shapeguard.cli.common_options import FINE, MISMATCH, add_colour, wants_colour
from shapeguard.cli.dry_run import add_target, request_of
from shapeguard.cli.edits import add_writing, changed_files, show_differences, write_all
from shapeguard.cli.processes import checked
from shapeguard.source.annotating import annotated

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from shapeguard.cli.dry_run import DryRun, Run
    from shapeguard.records.expectations import ListedExpectation
    from shapeguard.source.files import SourceFile

EXAMPLES = """examples:
  shapeguard annotate train.py                     shows the diff, writes nothing
  shapeguard annotate package.models:build --write
  shapeguard annotate package.models:build --write --update    after an intended change to the model

Sizes that differ between two runs, such as the batch size, become letters: # (B, 26, 26, 32)"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the target, and whether to write."""
    add_target(parser)
    add_writing(parser)
    parser.add_argument(
        "--update",
        action="store_true",
        help="replace comments that do not match, after an intended model change",
    )
    add_colour(parser)


def run(arguments: argparse.Namespace) -> int:
    """Shows or writes the comments; 1 for a model with a mismatch, whose shapes are not recorded."""
    dry_run = checked(request_of(arguments, runs=True, stale=arguments.update), arguments)
    if not dry_run.report.ok and not dry_run.runs:
        print(f"{dry_run.report.message()}\n")
        print(f"shapeguard: nothing was annotated: {_refusal(arguments)}", file=sys.stderr)
        return MISMATCH
    changes, left = _changes(dry_run)
    for line in left:
        print(f"shapeguard: skipped: {line}", file=sys.stderr)
    if not changes:
        print("nothing to annotate: every shape is already there" if not left else "nothing annotated")
        return FINE
    show_differences(changes, colour=wants_colour(arguments.color, sys.stdout))
    if arguments.write:
        write_all(changes)
        print(f"annotated {', '.join(os.path.relpath(source.path) for source, _ in changes)}")
    return FINE


def _refusal(arguments: argparse.Namespace) -> str:
    if arguments.update:
        return "more than the comments disagree with the model"
    return "fix the model; or, if the model is right, replace the comments with --update"


def _changes(dry_run: DryRun) -> tuple[list[tuple[SourceFile, str]], list[str]]:
    """The files whose comments change, with their new text; and the lines that were left out, with the reason."""
    changes, left = [], []
    files = sorted({span.file for run in dry_run.runs for span in run})
    unread = [each for each in dry_run.report.expectations if each.reason is not None]
    told = {span for each in unread for span in each.about}
    for file, source in changed_files(files, dry_run.digests).items():
        outcome = annotated(source, _runs_in(file, dry_run), unread=_lines_of(unread, file), told=told)
        left += [line.replace(source.path, os.path.relpath(source.path), 1) for line in outcome.left]
        if outcome.text != source.text:
            changes.append((source, outcome.text))
    return changes, left


def _runs_in(file: str, dry_run: DryRun) -> list[Run]:
    return [{span: shapes for span, shapes in run.items() if span.file == file} for run in dry_run.runs]


def _lines_of(listed: Iterable[ListedExpectation], file: str) -> set[int]:
    """The lines of a file that these comments are on."""
    return {each.declared.line for each in listed if each.declared is not None and each.declared.file == file}
