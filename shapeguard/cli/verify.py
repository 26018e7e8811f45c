"""`shapeguard verify`: whether a program comes through its first step with given edits in its text."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from shapeguard.cli import programs
from shapeguard.cli.answers import Answer, add_brief, show
from shapeguard.cli.common_options import CannotRunError, add_colour, add_format
from shapeguard.cli.dry_run import add_proving, add_target, is_builder, request_of
from shapeguard.cli.edit_json import replacements_in
from shapeguard.cli.edited_files import EditedFiles
from shapeguard.cli.processes import checked
from shapeguard.cli.proofs import proven
from shapeguard.cli.prover import Budget, Prover
from shapeguard.cli.trials import PASSED

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from shapeguard.source.fixing import Replacement

EXAMPLES = """examples:
  shapeguard verify train.py --edit edits.json
  echo '[{"line": 6, "column": 21, "end_line": 6, "end_column": 24, "replacement": "(3, 3)"}]' |
      shapeguard verify train.py --edit -

The program runs once, up to its first step, with the edits in its text; nothing is written.
Exit code 0: every expectation is met and the first step passes; 1: not; 2: it could not be run."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the program, the edits and the output options."""
    add_target(parser)
    parser.add_argument(
        "--edit",
        required=True,
        metavar="JSON",
        help="the edits, as a cause or --brief has them: a file, - for standard input, or the JSON itself",
    )
    add_proving(parser)
    add_format(parser)
    add_brief(parser)
    add_colour(parser)
    parser.set_defaults(list_expectations=False)


def run(arguments: argparse.Namespace) -> int:
    """Prints the report of the program with the edits; returns 1 for a mismatch."""
    request = request_of(arguments)
    file = _file_of(arguments)
    replacements = replacements_in(_text(arguments.edit), file)
    files = EditedFiles().with_replacements(replacements, _digests(replacements))
    dry_run = checked(replace(request, texts=files.texts), arguments)
    count = "1 edit" if len(replacements) == 1 else f"{len(replacements)} edits"
    if dry_run.report.ok:
        met = "every expectation is met" if dry_run.expected else "nothing is expected of a layer"
        ending = f"{met}; {PASSED[dry_run.reached]}"
        print(f"shapeguard: {arguments.target}: verified with {count}: {ending}", file=sys.stderr)
    else:
        print(f"shapeguard: {arguments.target}: not verified with {count}", file=sys.stderr)
    with Prover(request, dry_run, Budget(arguments)) as prover:
        dry_run = proven(dry_run, prover, files)
        prover.print_runs()
    return show([Answer(arguments.target, dry_run)], arguments)


def _text(given: str) -> str:
    """The JSON: itself, or what is in the file of that name or on standard input."""
    if given == "-":
        return sys.stdin.read()
    if given.lstrip().startswith(("[", "{")):
        return given
    try:
        return Path(given).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise CannotRunError(f"--edit {given}: {getattr(error, 'strerror', None) or error}".lower()) from error


def _file_of(arguments: argparse.Namespace) -> str:
    """The file that edits are of if they name none."""
    if arguments.module:
        return programs.load_module(arguments.target).code.co_filename
    target: str = arguments.target
    return target.rpartition(":")[0] if is_builder(target) else target


def _digests(replacements: Iterable[Replacement]) -> dict[str, str]:
    """The digests of the files that are edited, as they are now."""
    files = {each.span.file for each in replacements}
    return {file: programs.digest(Path(file).read_bytes()) for file in files if Path(file).is_file()}
