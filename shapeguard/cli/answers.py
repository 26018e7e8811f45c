"""Prints what came of one or several targets, in the format that the user asked for."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from shapeguard.cli.common_options import COULD_NOT_RUN, FINE, MISMATCH, CannotRunError
from shapeguard.cli.output import printed, terminal_of
from shapeguard.render.brief import brief
from shapeguard.render.document import SCHEMA_VERSION
from shapeguard.render.listing import listing, listing_document
from shapeguard.report import Report

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from shapeguard.cli.dry_run import DryRun


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one target: its result, or why there is none."""

    target: str
    dry_run: DryRun | None
    refusal: str = ""

    @property
    def code(self) -> int:
        """The exit code that it stands for."""
        if self.dry_run is None:
            return COULD_NOT_RUN
        return FINE if self.dry_run.report.ok else MISMATCH


def add_brief(parser: argparse.ArgumentParser) -> None:
    """Adds `--brief`."""
    parser.add_argument("--brief", action="store_true", help="with --format json: at most 1 kB for each finding")


def show(answers: Sequence[Answer], arguments: argparse.Namespace) -> int:
    """Prints the answers in the format that was asked for; returns the highest of their exit codes."""
    if arguments.brief and arguments.format != "json":
        raise CannotRunError("--brief is for --format json")
    if arguments.format == "json":
        documents = [_document(answer, arguments, is_named=len(answers) > 1) for answer in answers]
        several = {"schema_version": SCHEMA_VERSION, "reports": documents}
        indent = None if arguments.brief else 2  # half of a brief finding would be blanks
        print(json.dumps(several if len(answers) > 1 else documents[0], indent=indent, allow_nan=False))
    elif arguments.format == "text":
        _show_text(answers, arguments)
    else:
        report = _merged([answer.dry_run.report for answer in answers if answer.dry_run])
        text = printed(report, arguments.format, terminal_of(arguments.color, sys.stdout))
        print(text, end="\n" if text else "")
        _list_expectations(answers, arguments)
    return max(answer.code for answer in answers)


def _document(answer: Answer, arguments: argparse.Namespace, *, is_named: bool) -> dict[str, Any]:
    named = {"target": answer.target} if is_named else {}
    if answer.dry_run is None:
        return {**named, "ok": False, "refusal": answer.refusal}
    report = answer.dry_run.report
    document = brief(report.diagnoses, ok=report.ok) if arguments.brief else report.to_dict()
    if arguments.list_expectations:
        document |= {"expectations": listing_document(report.expectations)}
    return named | document


def _show_text(answers: Sequence[Answer], arguments: argparse.Namespace) -> None:
    terminal = terminal_of(arguments.color, sys.stdout)
    for number, answer in enumerate(answers):
        if answer.dry_run is None:
            continue
        if len(answers) > 1:
            print(("\n" if number else "") + f"{answer.target}:\n")
        text = printed(answer.dry_run.report, "text", terminal)
        print(text, end="\n" if text else "")
        if arguments.list_expectations:
            print("\n" + listing(answer.dry_run.report.expectations))


def _list_expectations(answers: Sequence[Answer], arguments: argparse.Namespace) -> None:
    for answer in answers:
        if arguments.list_expectations and answer.dry_run is not None:
            print(listing(answer.dry_run.report.expectations), file=sys.stderr)


def _merged(reports: Sequence[Report]) -> Report:
    """One report with the findings and rows of all."""
    if len(reports) == 1:
        return reports[0]
    rows: list[Any] = []
    for report in reports:
        before = len(rows)
        rows += [replace(row, sources=tuple(before + source for source in row.sources)) for row in report.rows]
    return Report(tuple(each for report in reports for each in report.diagnoses), tuple(rows))
