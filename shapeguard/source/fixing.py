"""Puts verified fixes into a file: exactly the spans they name, every other byte kept."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.source.comments import read
from shapeguard.source.files import Places, SourceError, SourceFile
from shapeguard.source.reading import comments_inside

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shapeguard.records.findings import Cause, Diagnosis
    from shapeguard.records.source import Span


_IMPORTS = ("import ", "from ")


@dataclass(frozen=True, slots=True, order=True)
class Replacement:
    """The text that takes the place of exactly this span."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What can be written, and for each diagnosis that is left alone one line that says why."""

    replacements: tuple[Replacement, ...]
    left: tuple[str, ...]

    def of(self, file: str) -> tuple[Replacement, ...]:
        """The replacements in one file, in the order of the places."""
        return tuple(each for each in self.replacements if each.span.file == file)

    @property
    def files(self) -> tuple[str, ...]:
        """The files that would change."""
        return tuple(sorted({each.span.file for each in self.replacements}))


def plan(diagnoses: Iterable[Diagnosis], *, jointly: bool = False) -> Plan:
    """For each diagnosis the replacements of its first cause, where that is certain, verified and rewritable.

    `jointly`: where it is certain, though not verified alone, since other faults stay; such a plan must be verified
    as a whole.
    """
    replacements: list[Replacement] = []
    left: list[str] = []
    for diagnosis in diagnoses:
        reason = _reason_against(diagnosis, jointly=jointly)
        if reason is not None:
            left.append(f"[{diagnosis.code}] layer {diagnosis.layer!r}: {reason}")
            continue
        for each in replacements_of(diagnosis.causes[0]):
            if each not in replacements:  # one line that makes several layers is one edit
                replacements.append(each)
    return Plan(tuple(sorted(replacements)), tuple(left))


def _reason_against(diagnosis: Diagnosis, *, jointly: bool) -> str | None:
    """Why nothing is written for this diagnosis; `None` where its first cause may be."""
    if not diagnosis.causes:
        return "no cause was found"
    cause = diagnosis.causes[0]
    if not cause.verified and not (jointly and cause.confidence == "cause"):
        return "its fix is not verified"
    if is_ambiguous(diagnosis):
        return "several fixes are possible; choose one by hand"
    if not is_text(cause):
        return "its fix is not a text replacement; apply it by hand"
    return None


def is_ambiguous(diagnosis: Diagnosis) -> bool:
    """Whether several fixes are verified, and none of them is clearly ahead.

    The loss and the form of the targets are one choice: whichever changes, both agree then.
    """
    verified = [cause for cause in diagnosis.causes if cause.verified]
    is_one_choice = all(cause.kind in {"loss", "targets"} for cause in verified)
    return len(verified) > 1 and diagnosis.causes[0].confidence != "cause" and not is_one_choice


def is_text(cause: Cause) -> bool:
    """Whether the cause can be written: text for each of its edits, and at least one."""
    return bool(cause.edits) and all(edit.replaces and edit.replacement is not None for edit in cause.edits)


def replacements_of(cause: Cause) -> list[Replacement]:
    """What the cause writes."""
    return [
        Replacement(edit.replaces, edit.replacement)
        for edit in cause.edits
        if edit.replaces is not None and edit.replacement is not None
    ]


def with_replacements(source: SourceFile, replacements: Iterable[Replacement]) -> str:
    """The file's text with the replacements made, line endings as around them; raises `SourceError` on an overlap.

    Several imports may be put in at one place.
    """
    places = Places(source.text, os.path.relpath(source.path))
    pieces = sorted((*places.offsets(each.span), each.text) for each in set(replacements))
    text: list[str] = []
    position, inserted_at = 0, -1
    for start, end, replacement in pieces:
        if start < position or start == end == inserted_at:
            message = f"{places.file}:{places.line_at(start)}: two fixes overlap; nothing was written"
            raise SourceError(message)
        if _loses_comments(source.text[start:end], replacement):
            message = f"{places.file}:{places.line_at(start)}: the fix would delete a comment; apply it by hand"
            raise SourceError(message)
        text += [source.text[position:start], _with_ending(replacement, places.ending_at(start))]
        position, inserted_at = end, start if start == end and not replacement.startswith(_IMPORTS) else -1
    return "".join([*text, source.text[position:]])


def _loses_comments(text: str, replacement: str) -> bool:
    """Whether a replacement leaves out a comment; the shape of a layer whose lines go may go with them."""
    comments = comments_inside(text)
    if not replacement and text.endswith(("\n", "\r")):
        comments = [comment for comment in comments if read(comment) is None]
    return len(comments) > len(comments_inside(replacement))


def _with_ending(text: str, ending: str) -> str:
    return text.replace("\r\n", "\n").replace("\n", ending)
