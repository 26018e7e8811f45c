"""`shapeguard fix`: applies fixes to exactly the spans they name, once the program has come through its first step."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from shapeguard.cli import chains
from shapeguard.cli.common_options import FINE, MISMATCH, add_colour, wants_colour
from shapeguard.cli.dry_run import add_proving, add_target, request_of
from shapeguard.cli.edits import add_writing, changed_files, show_differences, write_all
from shapeguard.cli.processes import checked
from shapeguard.cli.prover import Budget, Prover
from shapeguard.render import cause_phrases
from shapeguard.source.fixing import is_text, replacements_of

if TYPE_CHECKING:
    import argparse

    from shapeguard.cli.chains import Chain
    from shapeguard.cli.dry_run import DryRun

EXAMPLES = """examples:
  shapeguard fix train.py              shows the diff, writes nothing
  shapeguard fix train.py --write      writes the fixes, once the program has run with them up to its first step"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the target, and whether to write."""
    add_target(parser)
    add_writing(parser)
    add_proving(parser)
    add_colour(parser)


def run(arguments: argparse.Namespace) -> int:
    """Shows or writes the fixes; returns 0 if nothing is wrong any more, else 1."""
    request = request_of(arguments)
    dry_run = checked(request, arguments)
    if dry_run.report.ok:
        print("nothing to fix: every expectation is met")
        return FINE
    _refuse_changed_files(dry_run)
    with Prover(request, dry_run, Budget(arguments)) as prover:
        chain = chains.longest(dry_run, prover) if prover.allowed else chains.without_runs(dry_run)
        prover.print_runs()
    if prover.allowed and not chain.passes:
        _say_where_it_stopped(chain)
        return MISMATCH
    for line in chain.left:
        print(f"shapeguard: not fixed: {line}", file=sys.stderr)
    return _shown_or_written(chain, arguments)


def _refuse_changed_files(dry_run: DryRun) -> None:
    """Raises `SourceError` if a file that a fix is for is no longer what was checked."""
    causes = [cause for diagnosis in dry_run.report.diagnoses for cause in diagnosis.causes if is_text(cause)]
    changed_files(sorted({each.span.file for cause in causes for each in replacements_of(cause)}), dry_run.digests)


def _say_where_it_stopped(chain: Chain) -> None:
    """Prints the fixes that get past faults, and the fault that they come to; or why there are none."""
    for line in chain.left:
        print(f"shapeguard: not fixed: {line}", file=sys.stderr)
    if not chain.causes:
        return
    print("shapeguard: nothing was written; these fixes get past a fault, and the program comes to another:")
    for number, cause in enumerate(chain.causes, 1):
        print(f"  {number}. {cause_phrases.cause_text(cause)}")
    if chain.result.report.diagnoses:
        print(f"\n{chain.result.report.message()}")


def _shown_or_written(chain: Chain, arguments: argparse.Namespace) -> int:
    changes = list(chain.files.changes)
    if not changes:
        return MISMATCH
    show_differences(changes, colour=wants_colour(arguments.color, sys.stdout))
    if not arguments.write:
        if chain.passes:
            print(f"shapeguard: with this change, {chain.proof}", file=sys.stderr)
        return MISMATCH
    write_all(changes)
    names = ", ".join(os.path.relpath(source.path) for source, _ in changes)
    if chain.passes:
        print(f"fixed {names}: checked again, every expectation is met")
        return FINE
    print(f"fixed {names}: not checked again (--no-rerun)")
    return MISMATCH if chain.left else FINE
