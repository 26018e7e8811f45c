"""Writes what the rules can decide from the source into a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.linting import registry
from shapeguard.linting.rules import unused_ignore
from shapeguard.source.files import Places
from shapeguard.source.reading import comments_inside, tree_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shapeguard.records.findings import Diagnosis, Edit

Piece = tuple[int, int, str]
"""A place in a text, by its first character and the one after its last, and what shall be there."""


def is_fixable(diagnosis: Diagnosis) -> bool:
    """Whether the rule is decidable from the source, and every edit of this finding has its text."""
    rule = registry.rule_called(diagnosis.rule)
    edits = [edit for cause in diagnosis.causes for edit in cause.edits]
    written = bool(edits) and all(edit.replaces is not None and edit.replacement is not None for edit in edits)
    return rule is not None and rule.fixable and written


def fixed(text: str, file: str, diagnoses: Iterable[Diagnosis]) -> str:
    """The text of one file or cell with the fixes of these findings; the same text if there are none.

    Of fixes that overlap the first is made. A fix that would lose a comment is not made, nor any that would make
    something else than Python of it.
    """
    places = Places(text, file)
    pieces: list[Piece] = []
    for diagnosis in filter(is_fixable, diagnoses):
        own = _pieces(diagnosis, places)
        if not any(_overlap(one, other) for one in own for other in pieces):
            pieces += own
    changed = _with_pieces(text, sorted(pieces))
    return changed if tree_of(changed) is not None or tree_of(text) is None else text


def _pieces(diagnosis: Diagnosis, places: Places) -> list[Piece]:
    """The pieces of one finding; none if it is about another text, or its fix would lose a comment."""
    edits = [edit for cause in diagnosis.causes for edit in cause.edits]
    pieces = [_piece(edit, places) for edit in edits if edit.replaces and edit.replaces.file == places.file]
    if diagnosis.rule == unused_ignore.RULE.name:
        return [_with_space_before(piece, places.text) for piece in pieces]
    return [] if any(_loses_comments(places.text, piece) for piece in pieces) else pieces


def _piece(edit: Edit, places: Places) -> Piece:
    assert edit.replaces is not None  # noqa: S101  asked before
    return (*places.offsets(edit.replaces), edit.replacement or "")


def _with_space_before(piece: Piece, text: str) -> Piece:
    """A comment is removed with the blanks before it."""
    start, end, replacement = piece
    kept = start if replacement else len(text[:start].rstrip(" \t"))
    return kept, end, replacement


def _loses_comments(text: str, piece: Piece) -> bool:
    start, end, replacement = piece
    return len(comments_inside(text[start:end])) > len(comments_inside(replacement))


def _overlap(one: Piece, other: Piece) -> bool:
    return (one[0] < other[1] and other[0] < one[1]) or one[:2] == other[:2]


def _with_pieces(text: str, pieces: Iterable[Piece]) -> str:
    parts, position = [], 0
    for start, end, replacement in pieces:
        parts += [text[position:start], replacement]
        position = end
    return "".join([*parts, text[position:]])
