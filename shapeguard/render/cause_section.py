"""The part of the error's text about its causes: one that is clearly ahead in full, else several in a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.legible import printable
from shapeguard.render import cause_phrases, phrases
from shapeguard.render.fix_section import fix_lines
from shapeguard.render.frame import Mark
from shapeguard.render.text_page import capped
from shapeguard.render.wording import exact_place_text, short_list

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.records.findings import Cause, Diagnosis, Edit
    from shapeguard.render.text_page import Page

_MOST_CAUSES = 3
_MOST_CALLERS = 1
_MOST_EXPLANATION = 7
_HANDED_OVER = frozenset({"data", "targets", "loss"})
"""Kinds of causes that lie in what `compile` or `fit` was given."""


def is_certain(diagnosis: Diagnosis) -> bool:
    """Whether the first cause is clearly ahead, or the only one."""
    return len(diagnosis.causes) == 1 or diagnosis.causes[0].confidence == "cause"


def upstream_cause(diagnosis: Diagnosis, page: Page) -> list[str]:
    """Returns the line below the headline that names the argument, if it is another layer's than the headline's."""
    first = diagnosis.causes[0] if diagnosis.causes else None
    if first is None or not is_certain(diagnosis) or not _is_of_another_layer(diagnosis, first):
        return []
    edit = first.edits[0]
    if edit.home:
        return page.prose(f"caused by `{cause_phrases.assignment_text(edit)}` ({edit.home})", hanging="    ")
    layer = phrases.named(edit.layer, edit.layer_type)
    argument = f"`{cause_phrases.assignment_text(edit)}` ({cause_phrases.position_text(edit)})"
    return page.prose(f"caused by {layer}: {argument}", hanging="    ")


def _is_of_another_layer(diagnosis: Diagnosis, cause: Cause) -> bool:
    """Whether the cause is one argument of a layer other than the one the headline names."""
    edits = cause_phrases.edits_once(cause.edits)
    elsewhere = diagnosis.layer not in cause_phrases.layers_of(cause.edits)
    return cause.kind == "argument" and len(edits) == 1 and elsewhere


def certain_cause(diagnosis: Diagnosis, page: Page) -> list[list[str]]:
    """Returns two blocks: the source of the first cause; its reason, its fix and what else would do."""
    cause = diagnosis.causes[0]
    edits = cause_phrases.edits_once(cause.edits)
    marks = [
        Mark(
            edit.span,
            cause_phrases.label_text(cause) if index == 0 else "",
            exact_place_text(edit.span, page.cwd) if index == 0 and diagnosis.rule else "",
        )
        for index, edit in enumerate(edits)
        if edit.span
    ]
    if diagnosis.raised_at:
        marks.append(Mark(diagnosis.raised_at, "raised here"))
    frame = page.frames(marks, "  ")
    if edits:
        frame += _callers(edits[0], page, "  ")
    return [frame, [*_reason(diagnosis, cause, page), *fix_lines(cause, edits, page), *_alternatives(diagnosis, page)]]


def _callers(edit: Edit, page: Page, indent: str) -> list[str]:
    """The call of the user's helper that makes the layer; frames of the runner and the framework explain nothing."""
    file = edit.span.file if edit.span else None
    return [
        line
        for span in edit.callers[:_MOST_CALLERS]
        if span.file == file
        for line in page.frames([Mark(span, heading=f"called from line {span.line}")], indent)
    ]


def _reason(diagnosis: Diagnosis, cause: Cause, page: Page) -> list[str]:
    title = cause.title if _is_of_another_layer(diagnosis, cause) else cause_phrases.title_text(cause)
    if cause.confidence == "possible":
        heading = "possible cause"
    else:
        heading = "cause" if cause.kind in {"argument", "structure", "inputs"} else "likely cause"
    lines = page.headed(heading, title, "cause") if title else []
    for note in dict.fromkeys(cause_phrases.span_layers_text(edit) for edit in cause.edits):
        lines += page.prose(note, "    ")
    return lines + capped(page.prose(cause.explanation, "    "), _MOST_EXPLANATION, "    ")


def _alternatives(diagnosis: Diagnosis, page: Page) -> list[str]:
    """What else would do, beside a cause that is clearly ahead."""
    first = diagnosis.causes[0]
    lines: list[str] = []
    for mark, verified in (("verified", True), ("not verified", False)):
        others = [_alternative(first, cause) for cause in diagnosis.causes[1:] if cause.verified is verified]
        if others:
            lines += page.prose(f"also possible ({mark}): " + short_list(others), hanging="    ")
    return [*lines, *page.prose(diagnosis.advice)]


def _alternative(first: Cause, other: Cause) -> str:
    if other.edits and first.edits and other.kind == first.kind == "structure":
        ours, theirs = first.edits[0], other.edits[0]
        if (ours.argument, ours.layer) == (theirs.argument, theirs.layer):
            return f"{(theirs.corrected or cause_phrases.suggestion_text(theirs)).rstrip(',')} in the same place"
    return cause_phrases.cause_text(other)


def possible_causes(diagnosis: Diagnosis, page: Page) -> list[str]:
    """Returns the list of several causes, none of which is clearly ahead, each with its source."""
    shown = _shown(diagnosis.causes)
    certain = all(cause.verified for cause in shown)
    is_of_layers = not any(cause.kind in _HANDED_OVER for cause in shown)
    heading = _heading(len(shown), certain=certain, annotated=page.annotated, is_of_layers=is_of_layers)
    lines = [page.paint(line, "cause") for line in page.prose(heading, hanging="    ")]
    lines.append("")
    for number, cause in enumerate(shown, 1):
        lines += _numbered_cause(number, cause, page, certain=certain)
    for heading, verified in (("also fits", True), ("also possible, not verified", False)):
        rest = [cause_phrases.cause_text(c) for c in diagnosis.causes if c not in shown and c.verified is verified]
        if rest:
            lines += page.prose(f"{heading}: {short_list(rest)}", hanging="    ")
    return lines + page.prose(diagnosis.advice, hanging="    ")


def _shown(causes: Sequence[Cause]) -> list[Cause]:
    """The causes that get a number: the first, and those that have a place in the source, if any has one."""
    placed = [cause for cause in causes if any(edit.span for edit in cause.edits)]
    if not placed:
        return list(causes[:_MOST_CAUSES])
    return [cause for index, cause in enumerate(causes) if index == 0 or cause in placed][:_MOST_CAUSES]


def _heading(shown: int, *, certain: bool, annotated: int | None, is_of_layers: bool) -> str:
    if shown == 1:
        return "most plausible cause:"
    if not certain:
        return "possible causes, most plausible first:"
    if not is_of_layers:
        return "possible causes; each alone is enough, most plausible first:"
    counts = {None: "every annotated layer", 1: "the one annotated layer", 2: "both annotated layers"}
    layers = f"{counts.get(annotated, f'all {annotated} annotated layers')} match"
    return f"possible causes; each alone makes {layers}, most plausible first:"


def _numbered_cause(number: int, cause: Cause, page: Page, *, certain: bool) -> list[str]:
    mark = "" if certain else f" ({cause_phrases.proof_text(cause)})"
    lines = page.prose(f"{number}. {cause_phrases.cause_text(cause)}{mark}", hanging="     ")
    spans = [edit.span for edit in cause_phrases.edits_once(cause.edits) if edit.span]
    marks = [Mark(span, cause.label if index == 0 else "") for index, span in enumerate(spans)]
    return lines + page.frames(marks, "     ") + _short_callers(cause, page) + _short_fix(cause, page)


def _short_fix(cause: Cause, page: Page) -> list[str]:
    """The corrected call, where the title of the cause does not say what would be written."""
    if cause.kind not in _HANDED_OVER:
        return []
    corrected = dict.fromkeys(edit.corrected for edit in cause.edits if edit.corrected)
    return [
        f"     fix: {page.paint(printable(code.expandtabs(4)), 'fix')}"
        for code in corrected
        if len(code.splitlines()) == 1
    ]


def _short_callers(cause: Cause, page: Page) -> list[str]:
    lines: dict[str, None] = {}
    for edit in cause_phrases.edits_once(cause.edits):
        if edit.callers and edit.span and edit.callers[0].file == edit.span.file:
            lines |= dict.fromkeys(page.prose(f"called from line {edit.callers[0].line}", "     "))
        lines |= dict.fromkeys(page.prose(cause_phrases.span_layers_text(edit), "     "))
    return list(lines)
