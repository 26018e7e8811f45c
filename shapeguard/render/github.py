"""Workflow commands, which GitHub shows at the lines they name, and the summary of a run in Markdown.

docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shapeguard.legible import legible
from shapeguard.render import cause_phrases, phrases
from shapeguard.render.sarif import level_of, place_of
from shapeguard.render.table import table
from shapeguard.render.text import message
from shapeguard.render.wording import artifact_text, counted, working_directory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.records.findings import Cause, Diagnosis, Row
    from shapeguard.records.source import Span


def workflow_commands(diagnoses: Sequence[Diagnosis], *, cwd: str | None = None) -> str:
    """Returns one `::error` or `::warning` line per diagnosis; "" without one."""
    where = working_directory(cwd)
    return "\n".join(_command(diagnosis, where) for diagnosis in diagnoses)


def _command(diagnosis: Diagnosis, cwd: str) -> str:
    properties = _place(place_of(diagnosis), cwd)
    properties["title"] = f"{diagnosis.code}: {diagnosis.rule or phrases.CODES.get(diagnosis.code, 'shape mismatch')}"
    listed = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{level_of(diagnosis)} {listed}::{_data(_annotation(diagnosis, cwd))}"


def _place(span: Span | None, cwd: str) -> dict[str, str]:
    if span is None:
        return {}
    place = {"file": artifact_text(span.file, cwd), "line": str(span.line), "endLine": str(span.end_line)}
    if span.line == span.end_line:  # GitHub refuses columns of a place that spans lines
        place |= {"col": str(span.column + 1), "endColumn": str(max(span.end_column, span.column + 1))}
    return place


def _annotation(diagnosis: Diagnosis, cwd: str) -> str:
    """Headline, cause and fix, without the source, as GitHub shows the line itself."""
    lines = [phrases.headline(diagnosis)]
    for cause in diagnosis.causes[:1]:
        heading = "cause" if cause.confidence == "cause" else "possible cause"
        lines.append(f"{heading}: {_cause(diagnosis, cause)}")
        corrected = list(dict.fromkeys(edit.corrected for edit in cause.edits if edit.corrected))
        if corrected or cause.fix_note:
            lines.append(f"fix ({cause_phrases.proof_text(cause)}): {cause.fix_note}".rstrip(": "))
            lines += [f"    {line}" for code in corrected for line in code.splitlines()]
    if len(diagnosis.causes) > 1:
        lines.append(f"{counted(len(diagnosis.causes) - 1, 'other possible cause')} in the report")
    if diagnosis.declared:
        lines.append(phrases.declared_text(diagnosis, cwd))
    return legible("\n".join(lines))


def _cause(diagnosis: Diagnosis, cause: Cause) -> str:
    """The cause in one line: of lint the title, since the fix below may not write these values."""
    return legible(cause.title) if diagnosis.rule else cause_phrases.cause_text(cause)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def markdown(diagnoses: Sequence[Diagnosis], rows: Sequence[Row], *, ok: bool, cwd: str | None = None) -> str:
    """Returns the report as Markdown: a heading, each message in a code block, the table."""
    parts = [f"## ShapeGuard: {summary_text(diagnoses, rows, ok=ok)}"]
    parts += [_fenced(message(diagnosis, cwd=cwd)) for diagnosis in diagnoses]
    shown = table(rows, "github", cwd=cwd)
    return "\n\n".join([*parts, *([shown] if shown else [])]) + "\n"


def summary_text(diagnoses: Sequence[Diagnosis], rows: Sequence[Row], *, ok: bool) -> str:
    """Returns the outcome in one phrase: `1 finding`, `7 expectations met`, `no expectations`."""
    if diagnoses:
        return counted(len(diagnoses), "finding")
    checked = sum(row.status == "ok" for row in rows)
    if not ok:
        wrong = sum(row.status == "mismatch" for row in rows)
        return f"{wrong} of {counted(len(rows), 'layer')} {'does' if wrong == 1 else 'do'} not match"
    expected = sum(row.expected is not None for row in rows)
    if not expected:
        return "no expectations"
    if checked < expected:
        return f"{checked} of {counted(expected, 'expectation')} met, {expected - checked} not reached"
    return f"{counted(expected, 'expectation')} met"


def _fenced(text: str) -> str:
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"
