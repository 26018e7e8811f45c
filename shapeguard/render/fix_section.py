"""The part of the error's text that says how to mend a fault: a note, the corrected code, other values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.legible import printable
from shapeguard.render import cause_phrases
from shapeguard.render.wording import name_text, value_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.records.findings import Cause, Edit
    from shapeguard.render.text_page import Page


def fix_lines(cause: Cause, edits: Sequence[Edit], page: Page) -> list[str]:
    """Returns the fix of a cause whose distinct edits are `edits`; no line without edits."""
    if not edits:
        return []
    corrected = list(dict.fromkeys(edit.corrected for edit in edits if edit.corrected))
    note = cause.fix_note or _place_note(edits[0])
    if not note and not corrected:
        note = "; ".join(cause_phrases.edit_text(edit) for edit in edits)
    heading = f"fix ({cause_phrases.proof_text(cause)})"
    lines = page.headed(heading, note, "fix", hanging="    ")
    for code in corrected:
        lines += [f"      {page.paint(printable(line.expandtabs(4)), 'fix')}" for line in code.splitlines()]
    if cause.also:
        lines += page.prose(f"also possible: {_other_values(edits[0], cause.also)}", hanging="    ")
    return lines


def _place_note(edit: Edit) -> str:
    """In which line a layer is inserted or removed."""
    if edit.span is None:
        return ""
    match edit.argument:
        case "insert_before":
            return f"insert before line {edit.span.line}"
        case "insert_after":
            return f"insert behind line {edit.span.end_line}"
        case "remove":
            return f"remove layer {name_text(edit.layer)}, line {edit.span.line}"
        case _:
            return ""


def _other_values(edit: Edit, values: Sequence[object]) -> str:
    if edit.argument in cause_phrases.STRUCTURAL:
        return f"{', '.join(map(str, values))} in the same place"
    return f"`{edit.argument}` {', '.join(map(value_text, values))}"
