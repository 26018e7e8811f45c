"""Keywords of a constructor that stand in the call around it: `add(Dense(64), activation="relu")`."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.records.source import Correction, Span
from shapeguard.source.reading import comments_inside

if TYPE_CHECKING:
    from shapeguard.source.files import Places

_ADD = "add"
"""The method of a model that takes a layer, and no argument of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Misplaced:
    """A constructor call and the keywords that stand behind it; `last` is the argument before these."""

    made: ast.Call
    keywords: tuple[ast.keyword, ...]
    last: ast.expr

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the keywords."""
        return tuple(each.arg or "" for each in self.keywords)


def misplaced_in(call: ast.Call) -> Misplaced | None:
    """The constructor whose keywords a call may have: what `add` takes, or what is called on tensors at once."""
    match call:
        case ast.Call(func=ast.Attribute(attr=name), args=[ast.Call() as made], keywords=[_, *_]) if name == _ADD:
            last: ast.expr = made
        case ast.Call(func=ast.Call() as made, args=[*_, last], keywords=[_, *_]):
            pass
        case _:
            return None
    is_in_sight = all(each.arg for each in (*call.keywords, *made.keywords)) and not isinstance(last, ast.Starred)
    return Misplaced(made, tuple(call.keywords), last) if is_in_sight else None


def put_back(places: Places, call: ast.Call, misplaced: Misplaced) -> Correction | None:
    """The call with these keywords in the constructor; `None` where a comment would be lost."""
    around, made = places.span(call), places.span(misplaced.made)
    inside = [places.span(each) for each in (*misplaced.made.args, *misplaced.made.keywords)]
    start = max(((each.end_line, each.end_column) for each in inside), default=(made.end_line, made.end_column - 1))
    written, last = [places.span(each) for each in misplaced.keywords], places.span(misplaced.last)
    replaces = Span(made.file, *start, written[-1].end_line, written[-1].end_column)
    if comments_inside(places.code(replaces)):
        return None
    moved = ", ".join(map(places.code, written))
    behind = places.code(Span(made.file, made.end_line, made.end_column, last.end_line, last.end_column))
    replacement = f"{', ' if inside else ''}{moved}){behind}"
    front = places.code(Span(made.file, around.line, around.column, *start))
    rear = places.code(Span(made.file, replaces.end_line, replaces.end_column, around.end_line, around.end_column))
    return Correction(f"{front}{replacement}{rear}", replaces, replacement)
