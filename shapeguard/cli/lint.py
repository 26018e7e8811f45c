"""`shapeguard lint`: suspicious calls by source alone; imports no Keras and runs nothing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from shapeguard.cli.common_options import COULD_NOT_RUN, FINE, MISMATCH, add_colour, add_format, wants_colour
from shapeguard.cli.output import printed
from shapeguard.linting.files import OFF_BY_DEFAULT, ON_BY_DEFAULT, RULES, lint_paths
from shapeguard.report import Report

if TYPE_CHECKING:
    import argparse

    from shapeguard.linting.files import Linted

EXAMPLES = "\n".join(
    [
        "examples:",
        "  shapeguard lint src",
        "  shapeguard lint --format github train.py",
        "",
        "rules (`# shapeguard: ignore[SG701]` on the line silences them):",
        *(
            f"  {name:<22} {text}{' (off by default)' if name in OFF_BY_DEFAULT else ''}"
            for name, text in RULES.items()
        ),
    ]
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the paths, the rules and the output options."""
    parser.add_argument("paths", nargs="+", metavar="PATH", help="Python files, and folders of them")
    parser.add_argument(
        "--enable",
        action="append",
        default=[],
        choices=sorted(OFF_BY_DEFAULT),
        help="also use this rule, which is off by default; may be repeated",
    )
    parser.add_argument("--disable", action="append", default=[], choices=sorted(RULES), help="leave this rule out")
    add_format(parser)
    add_colour(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints what looks suspicious; 1 where something does, 2 where a file could not be read."""
    rules = ON_BY_DEFAULT.union(arguments.enable).difference(arguments.disable)
    linted = lint_paths(arguments.paths, rules)
    if arguments.format == "text":
        print(_text(linted, colour=wants_colour(arguments.color, sys.stdout)))
    elif text := printed(Report(linted.diagnoses), arguments.format):
        print(text)
    for line in linted.unreadable:
        print(f"shapeguard: {line}", file=sys.stderr)
    if linted.unreadable:
        return COULD_NOT_RUN
    return MISMATCH if linted.diagnoses else FINE


def _text(linted: Linted, *, colour: bool) -> str:
    """Each finding in full, and one line that counts."""
    blocks = [Report((diagnosis,)).message(colour=colour) for diagnosis in linted.diagnoses]
    count = len(linted.diagnoses)
    files = f"{linted.files} file{'' if linted.files == 1 else 's'} checked"
    calls = f"{count or 'no'} suspicious call{'' if count == 1 else 's'}"
    return "\n\n".join([*blocks, f"{calls}; {files}"])
