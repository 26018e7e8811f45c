"""`shapeguard lint`: suspicious calls by source alone; imports no Keras and runs nothing."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
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
from shapeguard.cli.configuration import configuration
from shapeguard.cli.output import printed, terminal_of
from shapeguard.linting import registry
from shapeguard.linting.baseline import baseline_text, read_baseline, without_known
from shapeguard.linting.documents import STDIN, STDIN_NAME, file_text
from shapeguard.linting.fixes import is_fixable
from shapeguard.linting.runs import Job, lint_paths
from shapeguard.linting.sources import Patterns
from shapeguard.render.wording import counted
from shapeguard.report import Report
from shapeguard.source.files import SourceFile, write_text
from shapeguard.source.reading import refresh

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from shapeguard.cli.configuration import Configuration
    from shapeguard.linting.runs import Linted
    from shapeguard.records.findings import Diagnosis
    from shapeguard.render.formats import Terminal

EXAMPLES = "\n".join(
    [
        "examples:",
        "  shapeguard lint src",
        "  shapeguard lint --select SG7,SG702 --ignore sample-count src",
        "  shapeguard lint --fix old_model.py tutorial.ipynb",
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
    parser.add_argument(
        "paths", nargs="+", metavar="PATH", help="Python files, notebooks, folders; `-` is standard input"
    )
    writing = parser.add_mutually_exclusive_group()
    writing.add_argument("--fix", action="store_true", help="write what is decidable from the source into the files")
    writing.add_argument("--diff", action="store_true", help="show what --fix would write, and write nothing")
    _add_rules(parser)
    parser.add_argument("--baseline", metavar="FILE", help="leave out the findings that are listed in this file")
    parser.add_argument("--write-baseline", metavar="FILE", help="list what is found in this file, and exit with 0")
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
    settings = configuration()
    linted = lint_paths(arguments.paths, _job(arguments, settings))
    for line in linted.unreadable:
        print(f"shapeguard: {line}", file=sys.stderr)
    if arguments.write_baseline:
        return _write_baseline(linted, arguments.write_baseline)
    if arguments.diff:
        return _code(_show_diff(linted, arguments), linted)
    baseline = arguments.baseline or settings.lint.baseline
    known = read_baseline(baseline) if baseline else Counter()
    linted = replace(linted, diagnoses=without_known(linted.diagnoses, known, baseline or ""))
    if arguments.fix:
        _write(linted)
    if text := _output(linted, arguments):
        print(text, file=sys.stderr if arguments.fix and STDIN in arguments.paths else sys.stdout)
    return _code(bool(linted.diagnoses) and not arguments.exit_zero, linted)


def _code(found: bool, linted: Linted) -> int:  # noqa: FBT001  whether something was found is all it is about
    if linted.unreadable:
        return COULD_NOT_RUN
    return MISMATCH if found else FINE


def _job(arguments: argparse.Namespace, settings: Configuration) -> Job:
    """What the command line and the configuration say; the command line wins."""
    command_line = registry.Choice(tuple(arguments.select), tuple(arguments.ignore))
    job = job_of(settings, command_line, arguments.enable)
    return replace(job, fix=arguments.fix or arguments.diff, processes=True)


def job_of(settings: Configuration, command_line: registry.Choice, enabled: Sequence[str] = ()) -> Job:
    """How files are linted; raises `CannotRunError` if the configuration selects what is no rule."""
    lint = settings.lint
    per_file = [(Patterns(settings.folder, (pattern,)), selectors) for pattern, selectors in lint.per_file_ignores]
    for selector in (*lint.select, *lint.ignore, *(selector for _, selectors in per_file for selector in selectors)):
        if reason := registry.refusal(selector):
            raise CannotRunError(f"{settings.file}: {reason}")
    ignored = () if command_line.select else lint.ignore
    return Job(
        selection=registry.selection(registry.Choice(lint.select, ignored), command_line, extend=enabled),
        per_file=tuple(per_file),
        excluded=Patterns(settings.folder, settings.exclude),
    )


def _write_baseline(linted: Linted, path: str) -> int:
    try:
        Path(path).write_text(baseline_text(linted.diagnoses, path), encoding="utf-8")
    except OSError as error:
        raise CannotRunError(f"{path}: {(error.strerror or type(error).__name__).lower()}") from error
    print(f"{path}: {counted(len(linted.diagnoses), 'finding')} written")
    return COULD_NOT_RUN if linted.unreadable else FINE


def _show_diff(linted: Linted, arguments: argparse.Namespace) -> bool:
    """Prints one unified diff per file or cell that would change; whether there is one."""
    changed = [
        (SourceFile(before.file, before.text, "utf-8", b""), after.text)
        for rewritten in linted.rewritten
        for before, after in zip(rewritten.before.parts, rewritten.after.parts, strict=True)
        if before.text != after.text
    ]
    from shapeguard.cli.edits import show_differences

    show_differences(changed, colour=wants_colour(arguments.color, sys.stdout))
    return bool(changed)


def _write(linted: Linted) -> None:
    """Writes the files that were fixed; what came from standard input goes to standard output."""
    for rewritten in linted.rewritten:
        source = rewritten.before.source
        text = file_text(rewritten.after)
        if source.path == STDIN_NAME:
            sys.stdout.write(text)
            continue
        write_text(source, text)
        refresh(source.path)
        print(f"shapeguard: fixed {source.path}", file=sys.stderr)


def _output(linted: Linted, arguments: argparse.Namespace) -> str:
    if arguments.statistics:
        return _statistics(linted.diagnoses, arguments.format)
    if arguments.format == "text":
        return _text(linted, terminal_of(arguments.color, sys.stdout))
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


def _text(linted: Linted, terminal: Terminal) -> str:
    """Each finding in full, and one line that counts; no such line of files that could not be read."""
    reports = [Report((diagnosis,)) for diagnosis in linted.diagnoses]
    blocks = [report.message(width=terminal.width, colour=terminal.colour) for report in reports]
    count = len(linted.diagnoses)
    ends = f"{counted(count, 'finding') if count else 'no findings'}; {counted(linted.files, 'file')} checked"
    fixable = sum(map(is_fixable, linted.diagnoses))
    if fixable:
        ends += f"; {fixable} can be fixed with --fix"
    return "\n\n".join([*blocks, *([] if linted.unreadable and not count else [ends])])
