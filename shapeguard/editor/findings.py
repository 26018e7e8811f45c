"""What is wrong in a program, where an editor marks it, and the edits that it offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from shapeguard.linting.fixes import is_fixable
from shapeguard.linting.rules import unused_ignore
from shapeguard.records.source import Span
from shapeguard.render import cause_phrases, phrases
from shapeguard.render.inline import inline
from shapeguard.render.sarif import place_of, related_places

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.records.findings import Cause, Diagnosis, Edit

Severity = Literal["error", "warning", "unused"]


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that mend a finding when all of them are made; `preferred` where a run has proven them."""

    title: str
    edits: tuple[Edit, ...]
    preferred: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """A diagnosis at its place; `related` are other places with what they have to do with it."""

    code: str
    severity: Severity
    span: Span
    message: str
    related: tuple[tuple[Span, str], ...]
    fixes: tuple[Fix, ...]


def finding_of(diagnosis: Diagnosis, file: str) -> Finding:
    """A diagnosis as a finding in a file; one that has no place there is at the file's beginning."""
    places = (place_of(diagnosis), *related_places(diagnosis, None))
    place = next((span for span in places if span is not None and span.file == file), Span(file, 1, 0, 1, 0))
    return Finding(
        diagnosis.code,
        _severity(diagnosis),
        place,
        f"{inline(diagnosis)}\nmore: shapeguard explain {diagnosis.code}",
        tuple(related_places(diagnosis, place).items()),
        tuple(_fixes(diagnosis)),
    )


def _severity(diagnosis: Diagnosis) -> Severity:
    """An error is what a run ends with; what only looks wrong is a warning."""
    if diagnosis.rule == unused_ignore.RULE.name:
        return "unused"
    return "warning" if diagnosis.code.startswith((phrases.SUSPICIOUS, "SG501")) else "error"


def _fixes(diagnosis: Diagnosis) -> Iterator[Fix]:
    """The causes whose edits all have their text."""
    for cause in diagnosis.causes:
        edits = {(edit.replaces, edit.replacement): edit for edit in cause.edits}
        if edits and all(replaces is not None and text is not None for replaces, text in edits):
            yield Fix(_title(diagnosis, cause), tuple(edits.values()), preferred=cause.verified)


def _title(diagnosis: Diagnosis, cause: Cause) -> str:
    """What the edit does, and what is known of it."""
    if diagnosis.rule:
        written = next((f"write `{edit.corrected}`" for edit in cause.edits if edit.corrected), "")
        what = cause.fix_note or written or cause_phrases.cause_text(cause)
        return f"{what} ({diagnosis.rule}{'' if is_fixable(diagnosis) else ', possible'})"
    how = "by formula" if not cause.verified else "verified by running" if cause.proven_by == "run" else "verified"
    return f"{cause_phrases.cause_text(cause)} ({how})"
