"""`shapeguard fix`: applies verified fixes to exactly the spans they name, and proves them by a second check."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.cli.common_options import FINE, MISMATCH, CannotRunError, add_colour, wants_colour
from shapeguard.cli.dry_run import add_target, checked, request_of
from shapeguard.cli.edits import add_writing, changed_files, put_back, show_differences, write_all
from shapeguard.source.files import SourceError
from shapeguard.source.fixing import applied, plan

if TYPE_CHECKING:
    import argparse

    from shapeguard.cli.dry_run import DryRun, Request
    from shapeguard.report import Report
    from shapeguard.source.files import SourceFile
    from shapeguard.source.fixing import Plan

EXAMPLES = """examples:
  shapeguard fix train.py              shows the differences, writes nothing
  shapeguard fix train.py --write      writes them, and checks the program again"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the target, and whether to write."""
    add_target(parser)
    add_writing(parser)
    add_colour(parser)


def run(arguments: argparse.Namespace) -> int:
    """Shows or writes the fixes; 0 where nothing is wrong any more, 1 where something is, 2 where it could not run."""
    request = request_of(arguments)
    dry_run = checked(request, arguments)
    if dry_run.report.ok:
        print("nothing to fix: every expectation is met")
        return FINE
    try:
        changes = _joint_changes(dry_run, request, arguments) or _single_changes(dry_run)
        if not changes:
            return MISMATCH
        show_differences(changes, colour=wants_colour(arguments.color, sys.stdout))
        if not arguments.write:
            return MISMATCH
        written = write_all(changes)
    except SourceError as error:
        raise CannotRunError(str(error)) from error
    try:
        proof = checked(request, arguments)
    except CannotRunError:
        put_back(written)
        raise
    return _proved(dry_run.report, proof.report, written)


def _joint_changes(dry_run: DryRun, request: Request, arguments: argparse.Namespace) -> list[tuple[SourceFile, str]]:
    """Fixes of several faults, none of which is verified while the others stay, if together they meet everything."""
    planned = plan(dry_run.report.diagnoses, jointly=True)
    if len(dry_run.report.diagnoses) < 2 or planned.left:
        return []
    changes = _changes(planned, dry_run)
    texts = {os.path.abspath(source.path): text for source, text in changes}  # noqa: PTH100  as imports name files
    try:
        proof = checked(replace(request, texts=texts), arguments)
    except CannotRunError:
        return []
    if not proof.report.ok:
        return []
    print("shapeguard: checked with all of these fixes in place: every expectation is met", file=sys.stderr)
    return changes


def _single_changes(dry_run: DryRun) -> list[tuple[SourceFile, str]]:
    """The fixes that are verified each by itself; names those that are not."""
    planned = plan(dry_run.report.diagnoses)
    for line in planned.left:
        print(f"shapeguard: not fixed: {line}", file=sys.stderr)
    return _changes(planned, dry_run)


def _changes(planned: Plan, dry_run: DryRun) -> list[tuple[SourceFile, str]]:
    """Each file as it was when it was checked, and its new text."""
    sources = changed_files(planned.files, dry_run.digests)
    return [(source, applied(source, planned.of(file))) for file, source in sources.items()]


def _proved(before: Report, after: Report, written: list[tuple[SourceFile, str]]) -> int:
    """Keeps what was written where it made a difference for the better."""
    names = ", ".join(os.path.relpath(source.path) for source, _ in written)
    if after.ok:
        print(f"fixed {names}: checked again, every expectation is met")
        return FINE
    first = (before.diagnoses[0].code, before.diagnoses[0].layer, before.diagnoses[0].actual)
    if first in {(each.code, each.layer, each.actual) for each in after.diagnoses}:
        put_back(written)
        print(f"shapeguard: {names} put back: the mismatch was still there", file=sys.stderr)
        return MISMATCH
    print(f"fixed {names}; checked again, something else is left:\n\n{after.message()}")
    return MISMATCH
