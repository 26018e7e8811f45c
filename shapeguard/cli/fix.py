"""`shapeguard fix`: applies verified fixes to exactly the spans they name, then checks the program again."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.cli.common_options import FINE, MISMATCH, CannotRunError, add_colour, wants_colour
from shapeguard.cli.dry_run import add_target, checked, request_of
from shapeguard.cli.edits import add_writing, changed_files, put_back, show_differences, write_all
from shapeguard.source.fixing import plan, with_replacements

if TYPE_CHECKING:
    import argparse

    from shapeguard.cli.dry_run import DryRun, Request
    from shapeguard.report import Report
    from shapeguard.source.files import SourceFile
    from shapeguard.source.fixing import Plan

EXAMPLES = """examples:
  shapeguard fix train.py              shows the diff, writes nothing
  shapeguard fix train.py --write      writes the fixes, then checks the program again"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the target, and whether to write."""
    add_target(parser)
    add_writing(parser)
    add_colour(parser)


def run(arguments: argparse.Namespace) -> int:
    """Shows or writes the fixes; returns 0 if nothing is wrong any more, else 1."""
    request = request_of(arguments)
    dry_run = checked(request, arguments)
    if dry_run.report.ok:
        print("nothing to fix: every expectation is met")
        return FINE
    changes = _joint_changes(dry_run, request, arguments) or _single_changes(dry_run)
    if not changes:
        return MISMATCH
    show_differences(changes, colour=wants_colour(arguments.color, sys.stdout))
    if not arguments.write:
        return MISMATCH
    written = write_all(changes)
    try:
        proof = checked(request, arguments)
    except CannotRunError:
        put_back(written)
        raise
    return _proved(dry_run.report, proof.report, written)


def _joint_changes(dry_run: DryRun, request: Request, arguments: argparse.Namespace) -> list[tuple[SourceFile, str]]:
    """The fixes of several faults, each unverified without the others, if together they meet every expectation."""
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
    print("shapeguard: checked with all of these fixes applied: every expectation is met", file=sys.stderr)
    return changes


def _single_changes(dry_run: DryRun) -> list[tuple[SourceFile, str]]:
    """The fixes that are each verified by itself; prints those that are not."""
    planned = plan(dry_run.report.diagnoses)
    for line in planned.left:
        print(f"shapeguard: not fixed: {line}", file=sys.stderr)
    return _changes(planned, dry_run)


def _changes(planned: Plan, dry_run: DryRun) -> list[tuple[SourceFile, str]]:
    """Each file as it was when it was checked, and its new text."""
    sources = changed_files(planned.files, dry_run.digests)
    return [(source, with_replacements(source, planned.of(file))) for file, source in sources.items()]


def _proved(before: Report, after: Report, written: list[tuple[SourceFile, str]]) -> int:
    """Keeps what was written, unless the first mismatch is still there."""
    names = ", ".join(os.path.relpath(source.path) for source, _ in written)
    if after.ok:
        print(f"fixed {names}: checked again, every expectation is met")
        return FINE
    first = (before.diagnoses[0].code, before.diagnoses[0].layer, before.diagnoses[0].actual)
    if first in {(diagnosis.code, diagnosis.layer, diagnosis.actual) for diagnosis in after.diagnoses}:
        put_back(written)
        print(f"shapeguard: restored {names}: the mismatch was still there", file=sys.stderr)
        return MISMATCH
    print(f"fixed {names}; checked again, another fault remains:\n\n{after.message()}")
    return MISMATCH
