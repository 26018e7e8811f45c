"""The text of the error: headline, evidence, cause and fix, in about 25 lines."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.legible import printable
from shapeguard.records.findings import Diagnosis
from shapeguard.render import cause_phrases, phrases
from shapeguard.render.cause_section import certain_cause, is_certain, possible_causes, upstream_cause
from shapeguard.render.fix_section import fix_lines
from shapeguard.render.frame import Mark
from shapeguard.render.text_page import Page, capped
from shapeguard.render.wording import counted, short_list, working_directory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.render.styling import Medium

_MOST_ORIGINAL = 3
_MOST_NOTES = 8
_MOST_OTHERS = 4


def message(
    diagnoses: Diagnosis | Sequence[Diagnosis],
    *,
    width: int = 88,
    medium: Medium = "text",
    cwd: str | None = None,
    annotated: int | None = None,
) -> str:
    """Returns the error's text: the first diagnosis in full, each other one in short; "" without a diagnosis.

    `medium` is where it is shown: "terminal" has colours, "notebook" and "page" are HTML. `annotated` is how many
    layers have an expectation, if that is known. Paths are relative to `cwd`, by default the working directory.
    """
    every = [diagnoses] if isinstance(diagnoses, Diagnosis) else list(diagnoses)
    page = Page(width, working_directory(cwd), medium, annotated)
    if not every:
        return ""
    lines = _full(every[0], page)
    if len(every) > 1:
        lines += ["", *_others(every[1:], page)]
    return page.laid_out([*lines, *_explained_by(every, page)])


def _full(diagnosis: Diagnosis, page: Page) -> list[str]:
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


def _headline(diagnosis: Diagnosis, page: Page) -> str:
    code = f"[{diagnosis.code}]"
    return page.paint(code, "code") + page.paint(phrases.headline(diagnosis)[len(code) :], "strong")


def _head(diagnosis: Diagnosis, page: Page) -> list[str]:
    lines = [_headline(diagnosis, page)]
    return lines + page.prose(phrases.axes_text(diagnosis)) + upstream_cause(diagnosis, page)


def _causes(diagnosis: Diagnosis, page: Page) -> list[list[str]]:
    notes = [line for note in diagnosis.notes for line in page.prose(note)]
    evidence = capped(notes, _MOST_NOTES, "  ") + page.prose(diagnosis.trail)
    if not diagnosis.causes:
        return [evidence, _unexplained(diagnosis, page)]
    if is_certain(diagnosis):
        return [evidence, *certain_cause(diagnosis, page)]
    return [evidence + possible_causes(diagnosis, page)]


def _unexplained(diagnosis: Diagnosis, page: Page) -> list[str]:
    lines = []
    if diagnosis.raised_at:
        lines = page.frames([Mark(diagnosis.raised_at, "raised here")], "  ")
    elif diagnosis.declared:
        lines = page.frames([Mark(diagnosis.declared, "expected here")], "  ")
    if diagnosis.tried:
        lines += [*([""] if lines else []), *page.headed("no cause found", diagnosis.tried, "cause")]
    return lines


def _original(diagnosis: Diagnosis, page: Page) -> list[str]:
    if not diagnosis.original:
        return []
    text = " ".join(printable(line).strip() for line in diagnosis.original.splitlines() if line.strip())
    return capped(page.headed(f"{diagnosis.raised_by} raised", text, "strong"), _MOST_ORIGINAL, "  ")


def _ends(diagnosis: Diagnosis, page: Page) -> list[str]:
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


def _explained_by(diagnoses: Sequence[Diagnosis], page: Page) -> list[str]:
    """The last line: what prints the page of the first fault's code; of a suspicious call the command line says it."""
    code = diagnoses[0].code
    if code.startswith(phrases.SUSPICIOUS):
        return []
    gap = [] if len(diagnoses) == 1 and _ends(diagnoses[0], page) else [""]
    return [*gap, "  " + page.paint(f"more: shapeguard explain {code}", "hint")]


def _others(diagnoses: Sequence[Diagnosis], page: Page) -> list[str]:
    lines = [f"  {counted(len(diagnoses), 'more fault')}, independent of the first:"]
    narrower = replace(page, width=page.width - 3)
    for number, diagnosis in enumerate(diagnoses[:_MOST_OTHERS], 2):
        lines += ["", f"  {number}. {_headline(diagnosis, page)}"]
        lines += [f"   {line}" for line in _brief(diagnosis, narrower)]
    if len(diagnoses) > _MOST_OTHERS:
        rest = diagnoses[_MOST_OTHERS:]
        lines += ["", *page.prose(f"and {len(rest)} more: " + short_list([phrases.layer_text(d) for d in rest]))]
    return lines


def _brief(diagnosis: Diagnosis, page: Page) -> list[str]:
    """Cause, frame and fix of a further diagnosis."""
    if not diagnosis.causes:
        return page.prose(f"no cause found: {diagnosis.tried}" if diagnosis.tried else "no cause found")
    cause = diagnosis.causes[0]
    edits = cause_phrases.edits_once(cause.edits)
    heading = "cause" if cause.confidence == "cause" else "possible cause"
    lines = page.headed(heading, cause_phrases.cause_text(cause), "cause", hanging="    ")
    marks: list[Mark] = [Mark(edit.span, cause.label) for edit in edits if edit.span]
    lines += page.frames(marks, "  ") + fix_lines(cause, edits, page)
    if len(diagnosis.causes) > 1:
        lines += page.prose(f"{counted(len(diagnosis.causes) - 1, 'other possible cause')} in the report")
    return lines
