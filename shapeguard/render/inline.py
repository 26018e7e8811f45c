"""A diagnosis as an editor shows it beside the line: what a message says, without lines of source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.legible import printable
from shapeguard.render import cause_phrases, phrases
from shapeguard.render.cause_section import is_certain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.records.findings import Cause, Diagnosis


def inline(diagnosis: Diagnosis) -> str:
    """Returns the headline without its code, the causes with what proves them, and what was tried, in lines."""
    lines = [phrases.headline(diagnosis).removeprefix(f"[{diagnosis.code}]").strip(), phrases.axes_text(diagnosis)]
    lines += map(printable, diagnosis.notes)
    if diagnosis.causes and is_certain(diagnosis):
        cause = diagnosis.causes[0]
        lines += _only(cause, "cause" if cause.confidence == "cause" else "possible cause")
    elif diagnosis.causes:
        lines.append("possible causes, most plausible first:")
        lines += (f"{number}. {_in_line(cause)}" for number, cause in enumerate(diagnosis.causes, 1))
    elif diagnosis.tried:
        lines.append(f"no cause found: {printable(diagnosis.tried)}")
    if diagnosis.original:
        lines.append(f"{diagnosis.raised_by} raised: {printable(' '.join(diagnosis.original.split()))}")
    return "\n".join(line for line in lines if line)


def _only(cause: Cause, heading: str) -> Iterator[str]:
    """The one cause, with the arithmetic behind it."""
    yield f"{heading}: {printable(cause_phrases.title_text(cause))}"
    yield from map(printable, cause.explanation.splitlines())
    fix = printable(cause.fix_note) or next((f"`{printable(e.corrected)}`" for e in cause.edits if e.corrected), "")
    if fix:
        yield f"fix ({cause_phrases.proof_text(cause)}): {fix}"


def _in_line(cause: Cause) -> str:
    return f"{cause_phrases.cause_text(cause)} ({cause_phrases.proof_text(cause)})"
