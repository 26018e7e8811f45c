"""The text of the error: claim, evidence, resolution, in about 25 lines."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shapeguard.legible import printable
from shapeguard.records.findings import Diagnosis
from shapeguard.render import phrases
from shapeguard.render.frame import Mark, frames
from shapeguard.render.wording import counted, name_text, value_text, wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.records.findings import Cause, Edit

_COLOURS = {"code": "1;31", "mark": "1;31", "fix": "32", "strong": "1"}
_MOST_CAUSES = 3
_MOST_CALLERS = 1
_MOST_EXPLANATION = 7
_MOST_ORIGINAL = 3
_MOST_NOTES = 8
_MOST_OTHERS = 4


@dataclass(frozen=True, slots=True)
class _Page:
    """How the text is set: columns, the directory that paths are relative to, colours or none."""

    width: int
    cwd: str
    colour: bool
    annotated: int | None

    def paint(self, text: str, role: str) -> str:
        return f"\x1b[{_COLOURS[role]}m{text}\x1b[0m" if self.colour and text else text

    def frames(self, marks: Sequence[Mark], indent: str) -> list[str]:
        return frames(marks, width=self.width, cwd=self.cwd, indent=indent, paint=self.paint)

    def prose(self, text: str, indent: str = "  ", hanging: str | None = None) -> list[str]:
        return wrapped(text, self.width, indent, hanging)


def message(
    diagnoses: Diagnosis | Sequence[Diagnosis],
    *,
    width: int = 88,
    colour: bool = False,
    cwd: str | None = None,
    annotated: int | None = None,
) -> str:
    """The error's text: the first diagnosis in full, each other one in short; "" without a diagnosis.

    `annotated` is how many layers have an expectation, where that is known. Paths are relative to `cwd`, by default
    the working directory.
    """
    every = [diagnoses] if isinstance(diagnoses, Diagnosis) else list(diagnoses)
    page = _Page(width, os.getcwd() if cwd is None else cwd, colour, annotated)  # noqa: PTH109  a string is wanted
    if not every:
        return ""
    lines = _full(every[0], page)
    if len(every) > 1:
        lines += ["", *_others(every[1:], page)]
    return "\n".join(line.rstrip() for line in lines)


def _full(diagnosis: Diagnosis, page: _Page) -> list[str]:
    blocks = [
        _head(diagnosis, page),
        *_causes(diagnosis, page),
        _original(diagnosis, page),
        _ends(diagnosis, page),
    ]
    lines: list[str] = []
    for block in blocks:
        if block:
            lines += ["", *block] if lines else block
    return lines


def _headline(diagnosis: Diagnosis, page: _Page) -> str:
    code = f"[{diagnosis.code}]"
    return page.paint(code, "code") + page.paint(phrases.headline(diagnosis)[len(code) :], "strong")


def _head(diagnosis: Diagnosis, page: _Page) -> list[str]:
    lines = [_headline(diagnosis, page)]
    lines += page.prose(phrases.axes_text(diagnosis))
    first = diagnosis.causes[0] if diagnosis.causes else None
    if first and _certain(diagnosis) and _elsewhere(diagnosis, first):
        edit = first.edits[0]
        layer = f"layer {name_text(edit.layer)}" + (f" ({edit.layer_type})" if edit.layer_type else "")
        argument = f"`{phrases.assignment_text(edit)}` ({phrases.position_text(edit)})"
        lines += page.prose(f"caused by {layer}: {argument}", hanging="    ")
    return lines


def _certain(diagnosis: Diagnosis) -> bool:
    return len(diagnosis.causes) == 1 or diagnosis.causes[0].confidence == "cause"


def _elsewhere(diagnosis: Diagnosis, cause: Cause) -> bool:
    """Whether the cause is one argument of a layer other than the one the headline names."""
    edits = phrases.edits_once(cause.edits)
    return cause.kind == "argument" and len(edits) == 1 and diagnosis.layer not in phrases.layers_of(cause.edits)


def _way(diagnosis: Diagnosis, page: _Page) -> list[str]:
    """Notes and the trail of sizes from the input."""
    notes = [line for note in diagnosis.notes for line in page.prose(note)]
    return _capped(notes, _MOST_NOTES, "  ") + page.prose(diagnosis.trail)


def _causes(diagnosis: Diagnosis, page: _Page) -> list[list[str]]:
    way = _way(diagnosis, page)
    if not diagnosis.causes:
        return [way, _unexplained(diagnosis, page)]
    if _certain(diagnosis):
        return [way, *_one_cause(diagnosis, page)]
    return [way + _several_causes(diagnosis, page)]


def _unexplained(diagnosis: Diagnosis, page: _Page) -> list[str]:
    lines = []
    if diagnosis.raised_at:
        lines = page.frames([Mark(diagnosis.raised_at, "raised here")], "  ")
    elif diagnosis.declared:
        lines = page.frames([Mark(diagnosis.declared, "expected here")], "  ")
    if diagnosis.tried:
        lines += [*([""] if lines else []), *page.prose(f"no cause found: {diagnosis.tried}")]
    return lines


def _one_cause(diagnosis: Diagnosis, page: _Page) -> list[list[str]]:
    cause = diagnosis.causes[0]
    edits = phrases.edits_once(cause.edits)
    marks = [
        Mark(edit.span, phrases.label_text(cause) if index == 0 else "")
        for index, edit in enumerate(edits)
        if edit.span
    ]
    if diagnosis.raised_at:
        marks.append(Mark(diagnosis.raised_at, "raised here"))
    frame = page.frames(marks, "  ")
    if edits:
        frame += _callers(edits[0], page, "  ")
    return [frame, [*_reason(diagnosis, cause, page), *_fix(cause, edits, page), *_alternatives(diagnosis, page)]]


def _callers(edit: Edit, page: _Page, indent: str) -> list[str]:
    """Where the user's helper that makes the layer was called; the runner's and framework's frames tell nothing."""
    file = edit.span.file if edit.span else None
    return [
        line
        for span in edit.callers[:_MOST_CALLERS]
        if span.file == file
        for line in page.frames([Mark(span, heading=f"called from line {span.line}")], indent)
    ]


def _reason(diagnosis: Diagnosis, cause: Cause, page: _Page) -> list[str]:
    title = cause.title if _elsewhere(diagnosis, cause) else phrases.title_text(cause)
    if cause.confidence == "possible":
        word = "possible cause"
    else:
        word = "cause" if cause.kind in {"argument", "structure"} else "likely cause"
    lines = page.prose(f"{word}: {title}") if title else []
    for note in dict.fromkeys(phrases.span_layers_text(edit) for edit in cause.edits):
        lines += page.prose(note, "    ")
    return lines + _capped(page.prose(cause.explanation, "    "), _MOST_EXPLANATION, "    ")


def _fix(cause: Cause, edits: Sequence[Edit], page: _Page) -> list[str]:
    if not edits:
        return []
    note = cause.fix_note or _default_note(edits[0])
    corrected = list(dict.fromkeys(edit.corrected for edit in edits if edit.corrected))
    if not note and not corrected:
        note = "; ".join(phrases.edit_text(edit) for edit in edits)
    lines = page.prose(f"fix ({phrases.proof_text(cause)}):" + (f" {note}" if note else ""), hanging="    ")
    for code in corrected:
        lines += [page.paint(f"      {line}", "fix") for line in _code_lines(code)]
    if cause.also:
        structural = edits[0].argument in phrases.STRUCTURAL
        values = ", ".join(str(value) if structural else value_text(value) for value in cause.also)
        also = f"{values} in the same place" if structural else f"`{edits[0].argument}` {values}"
        lines += page.prose(f"also possible: {also}", hanging="    ")
    return lines


def _code_lines(code: str) -> list[str]:
    return [printable(line.expandtabs(4)) for line in code.splitlines()]


def _default_note(edit: Edit) -> str:
    if edit.span is None:
        return ""
    match edit.argument:
        case "insert_before":
            return f"insert before line {edit.span.line}"
        case "remove":
            return f"remove layer {name_text(edit.layer)}, line {edit.span.line}"
        case _:
            return ""


def _alternatives(diagnosis: Diagnosis, page: _Page) -> list[str]:
    """What else would do, beside a cause that is clearly ahead."""
    first = diagnosis.causes[0]
    lines: list[str] = []
    for mark, verified in (("verified", True), ("not verified", False)):
        found = [_alternative(first, cause) for cause in diagnosis.causes[1:] if cause.verified is verified]
        if found:
            lines += page.prose(f"also possible ({mark}): " + _joined(found), hanging="    ")
    return [*lines, *page.prose(diagnosis.advice)]


def _alternative(first: Cause, other: Cause) -> str:
    if other.edits and first.edits and other.kind == first.kind == "structure":
        ours, theirs = first.edits[0], other.edits[0]
        if (ours.argument, ours.layer) == (theirs.argument, theirs.layer):
            return f"{(theirs.corrected or phrases.suggestion_text(theirs)).rstrip(',')} in the same place"
    return phrases.cause_text(other)


def _joined(phrases_: Sequence[str]) -> str:
    rest = len(phrases_) - _MOST_OTHERS
    return "; ".join(phrases_[:_MOST_OTHERS]) + (f"; and {rest} more" if rest > 0 else "")


def _several_causes(diagnosis: Diagnosis, page: _Page) -> list[str]:
    shown = _shown(diagnosis.causes)
    certain = all(cause.verified for cause in shown)
    lines = page.prose(_several_heading(len(shown), certain=certain, annotated=page.annotated), hanging="    ")
    lines.append("")
    for number, cause in enumerate(shown, 1):
        mark = "" if certain else f" ({phrases.proof_text(cause)})"
        lines += page.prose(f"{number}. {phrases.cause_text(cause)}{mark}", hanging="     ")
        spans = [edit.span for edit in phrases.edits_once(cause.edits) if edit.span]
        marks = [Mark(span, cause.label if index == 0 else "") for index, span in enumerate(spans)]
        lines += page.frames(marks, "     ")
        lines += _short_callers(cause, page)
    for words, verified in (("also fits", True), ("also possible, not verified", False)):
        rest = [phrases.cause_text(c) for c in diagnosis.causes if c not in shown and c.verified is verified]
        if rest:
            lines += page.prose(f"{words}: {_joined(rest)}", hanging="    ")
    return lines + page.prose(diagnosis.advice, hanging="    ")


def _shown(causes: Sequence[Cause]) -> list[Cause]:
    """The causes that get a number: the first, and those that can be shown in the code, where any can."""
    placed = [cause for cause in causes if any(edit.span for edit in cause.edits)]
    if not placed:
        return list(causes[:_MOST_CAUSES])
    return [cause for index, cause in enumerate(causes) if index == 0 or cause in placed][:_MOST_CAUSES]


def _several_heading(shown: int, *, certain: bool, annotated: int | None) -> str:
    if shown == 1:
        return "possible cause, most plausible:"
    if not certain:
        return "possible causes, most plausible first:"
    counts = {None: "every annotated layer", 1: "the one annotated layer"}
    layers = f"{counts.get(annotated, f'all {annotated} annotated layers')} match"
    return f"possible causes; each alone makes {layers}, most plausible first:"


def _short_callers(cause: Cause, page: _Page) -> list[str]:
    lines: dict[str, None] = {}
    for edit in phrases.edits_once(cause.edits):
        if edit.callers and edit.span and edit.callers[0].file == edit.span.file:
            lines |= dict.fromkeys(page.prose(f"called from line {edit.callers[0].line}", "     "))
        lines |= dict.fromkeys(page.prose(phrases.span_layers_text(edit), "     "))
    return list(lines)


def _original(diagnosis: Diagnosis, page: _Page) -> list[str]:
    if not diagnosis.original:
        return []
    text = " ".join(printable(line).strip() for line in diagnosis.original.splitlines() if line.strip())
    return _capped(page.prose(f"Keras said: {text}"), _MOST_ORIGINAL, "  ")


def _ends(diagnosis: Diagnosis, page: _Page) -> list[str]:
    explained = bool(diagnosis.causes)
    lines = []
    if diagnosis.consequences:
        lines = page.prose(phrases.consequences_text(diagnosis.consequences, explained=explained))
    framed = not diagnosis.causes and not diagnosis.raised_at  # then the frame shows that place
    declared = "" if framed else phrases.declared_text(diagnosis, page.cwd)
    lines += page.prose(declared)
    if diagnosis.tried and diagnosis.causes:
        lines += page.prose(f"tried: {diagnosis.tried}")
    return lines


def _capped(lines: list[str], most: int, indent: str) -> list[str]:
    return lines if len(lines) <= most else [*lines[:most], f"{indent}..."]


def _others(diagnoses: Sequence[Diagnosis], page: _Page) -> list[str]:
    lines = [f"  {counted(len(diagnoses), 'more fault')}, independent of the first:"]
    narrower = replace(page, width=page.width - 3)
    for number, diagnosis in enumerate(diagnoses[:_MOST_OTHERS], 2):
        lines += ["", f"  {number}. {_headline(diagnosis, page)}"]
        lines += [f"   {line}" for line in _brief(diagnosis, narrower)]
    if len(diagnoses) > _MOST_OTHERS:
        rest = diagnoses[_MOST_OTHERS:]
        lines += ["", *page.prose(f"and {len(rest)} more: " + _joined([phrases.layer_text(d) for d in rest]))]
    return lines


def _brief(diagnosis: Diagnosis, page: _Page) -> list[str]:
    """Cause, frame and fix of a further diagnosis."""
    if not diagnosis.causes:
        return page.prose(f"no cause found: {diagnosis.tried}" if diagnosis.tried else "no cause found")
    cause = diagnosis.causes[0]
    edits = phrases.edits_once(cause.edits)
    word = "cause" if cause.confidence == "cause" else "possible cause"
    lines = page.prose(f"{word}: {phrases.cause_text(cause)}", hanging="    ")
    marks: list[Mark] = [Mark(edit.span, cause.label) for edit in edits if edit.span]
    lines += page.frames(marks, "  ") + _fix(cause, edits, page)
    if len(diagnosis.causes) > 1:
        lines += page.prose(f"{counted(len(diagnosis.causes) - 1, 'other possible cause')} in the report")
    return lines
