"""`shapeguard lint`: suspicious calls by source alone; imports no Keras and runs nothing."""

from __future__ import annotations

import json
import sys
from collections import Counter
from typing import TYPE_CHECKING

from shapeguard.cli.common_options import (
    COULD_NOT_RUN,
    FINE,
    MISMATCH,
    CannotRunError,
    add_colour,
    add_format,
    wants_colour,
)
from shapeguard.cli.output import printed
from shapeguard.linting import registry
from shapeguard.linting.linter import lint_paths
from shapeguard.report import Report

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from shapeguard.linting.linter import Linted
    from shapeguard.records.findings import Diagnosis

EXAMPLES = "\n".join(
    [
        "examples:",
        "  shapeguard lint src",
        "  shapeguard lint --select SG7,SG702 --ignore sample-count src",
        "  shapeguard lint --format github train.py",
        "",
        "rules (`# shapeguard: ignore[SG701]` on the line suppresses one, by code or name):",
        *(
            f"  {r.code} {r.name:<22} {r.summary}{'' if r.on_by_default else ' (off by default)'}"
            for r in registry.RULES
        ),
    ]
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the paths, the rules and the output options."""
    parser.add_argument("paths", nargs="+", metavar="PATH", help="Python files or folders")
    _add_rules(parser)
    parser.add_argument("--exit-zero", action="store_true", help="exit with 0 even if something is found")
    parser.add_argument("--statistics", action="store_true", help="print the number of findings per rule instead")
    add_format(parser)
    add_colour(parser)


def _add_rules(parser: argparse.ArgumentParser) -> None:
    kinds = "codes, beginnings of codes (SG7) and names of rules, separated by commas"
    for options, help_text in (
        (("--select",), f"run only these rules: {kinds}"),
        (("--ignore", "--disable"), "do not run these rules"),
        (("--enable",), "run these rules too, such as one that is off by default"),
    ):
        parser.add_argument(*options, action="extend", type=_selectors, default=[], metavar="CODE,...", help=help_text)


def _selectors(text: str) -> list[str]:
    """The selectors in an argument; the error names what is none, and what is near."""
    import argparse

    from shapeguard.linting.registry import refusal

    words = [word.strip() for word in text.split(",") if word.strip()]
    for word in words:
        if reason := refusal(word):
            raise argparse.ArgumentTypeError(reason)
    return words


def run(arguments: argparse.Namespace) -> int:
    """Prints what looks suspicious; 1 if something does, 2 if a file could not be read."""
    choice = registry.Choice(tuple(arguments.select), tuple(arguments.ignore))
    linted = lint_paths(arguments.paths, registry.selection(choice, extend=arguments.enable), processes=True)
    if text := _output(linted, arguments):
        print(text)
    for line in linted.unreadable:
        print(f"shapeguard: {line}", file=sys.stderr)
    if linted.unreadable:
        return COULD_NOT_RUN
    return MISMATCH if linted.diagnoses and not arguments.exit_zero else FINE


def _output(linted: Linted, arguments: argparse.Namespace) -> str:
    if arguments.statistics:
        return _statistics(linted.diagnoses, arguments.format)
    if arguments.format == "text":
        return _text(linted, colour=wants_colour(arguments.color, sys.stdout))
    return printed(Report(linted.diagnoses), arguments.format)


def _statistics(diagnoses: Sequence[Diagnosis], form: str) -> str:
    """The number of findings per rule, the most frequent first."""
    counts = Counter((diagnosis.code, diagnosis.rule) for diagnosis in diagnoses)
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    match form:
        case "json":
            return json.dumps([{"code": code, "name": rule, "count": n} for (code, rule), n in ordered], indent=2)
        case "text" | "concise":
            width = max((len(str(count)) for _, count in ordered), default=0)
            return "\n".join(f"{count:>{width}}  {code}  {rule}" for (code, rule), count in ordered)
        case _:
            raise CannotRunError(f"--statistics has no --format {form}; it prints text or json")


def _text(linted: Linted, *, colour: bool) -> str:
    """Each finding in full, and one line that counts; no such line of files that could not be read."""
    blocks = [Report((diagnosis,)).message(colour=colour) for diagnosis in linted.diagnoses]
    count = len(linted.diagnoses)
    files = f"{linted.files} file{'' if linted.files == 1 else 's'} checked"
    calls = f"{count or 'no'} finding{'' if count == 1 else 's'}"
    ends = [] if linted.unreadable and not count else [f"{calls}; {files}"]
    return "\n\n".join([*blocks, *ends])
