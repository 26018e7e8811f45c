"""`shapeguard lint`: suspicious calls by source alone; imports no Keras and runs nothing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from shapeguard.cli.common_options import COULD_NOT_RUN, FINE, MISMATCH, add_colour, add_format, wants_colour
from shapeguard.cli.output import printed
from shapeguard.linting import registry
from shapeguard.linting.linter import lint_paths
from shapeguard.report import Report

if TYPE_CHECKING:
    import argparse

    from shapeguard.linting.linter import Linted

EXAMPLES = "\n".join(
    [
        "examples:",
        "  shapeguard lint src",
        "  shapeguard lint --format github train.py",
        "",
        "rules (`# shapeguard: ignore[SG701]` on the line suppresses them):",
        *(f"  {r.name:<22} {r.summary}{'' if r.on_by_default else ' (off by default)'}" for r in registry.RULES),
    ]
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the paths, the rules and the output options."""
    parser.add_argument("paths", nargs="+", metavar="PATH", help="Python files or folders")
    parser.add_argument(
        "--enable",
        action="append",
        default=[],
        choices=sorted(rule.name for rule in registry.RULES if not rule.on_by_default),
        help="enable this rule, which is off by default; can be repeated",
    )
    names = sorted(rule.name for rule in registry.RULES)
    parser.add_argument("--disable", action="append", default=[], choices=names, help="disable this rule")
    add_format(parser)
    add_colour(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints what looks suspicious; 1 if something does, 2 if a file could not be read."""
    linted = lint_paths(arguments.paths, registry.selected(arguments.enable, arguments.disable))
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
