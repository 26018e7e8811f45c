"""Where a crash happened: the user's line, the part of Keras that it called, and the shapes that met there."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from shapeguard.keras_compat import messages
from shapeguard.keras_compat.parts import part_of
from shapeguard.source import frames, trees
from shapeguard.trace.raised_frames import argument_values, levels, value_of
from shapeguard.trace.recorder import shape_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from shapeguard.keras_compat.parts import Part
    from shapeguard.records.network import Shape
    from shapeguard.records.source import Span
    from shapeguard.trace.raised_frames import Passed

_MOST_SHAPES = 4
_LONGEST_TEXT = 60
_CALLS = ("call", "__call__")


@dataclass(frozen=True, slots=True)
class UserLine:
    """A line of the user's: where it is, its number, the expression that raised, the function's name ("" outside)."""

    place: Span | None
    number: int
    text: str
    function: str


@dataclass(frozen=True, slots=True)
class CrashSite:
    """What happened where an exception was raised, and the user's innermost line that it came through.

    `part` raised, or the user's code that was running in it (`is_inside`); `None` where a function was called outside
    of any. `shapes` are those of the tensors that the call got. `node` is the node of a TensorFlow graph.
    """

    part: Part | None
    is_inside: bool
    shapes: tuple[Shape, ...]
    line: UserLine | None
    node: str | None


def site_of(exception: BaseException) -> CrashSite:
    """Where an exception that Keras or its backend raised came from."""
    outside, last, below = split(levels(exception))
    part, shapes = _called(below)
    is_inside = part is None
    if part is None:
        part = next((each for each in map(_part_in, reversed(outside)) if each is not None), None)
        shapes = _first_shapes(below) or _shapes_at(last)
    line = None if last is None else _line(last)
    return CrashSite(part, is_inside, tuple(shapes[:_MOST_SHAPES]), line, messages.graph_node(str(exception)))


def place_of(exception: BaseException) -> Span | None:
    """The user's innermost line that an exception came through; `None` where it came through none, or that is gone."""
    _, last, _ = split(levels(exception))
    return None if last is None else frames.line_in(last.code, last.line)


def came_through(exception: BaseException, model: Any) -> bool:
    """Whether an exception was raised inside a call of the model itself, as far as its frames tell."""
    frames_of = (each.frame for level in levels(exception) for each in level if each.code.co_name in _CALLS)
    return any(value is model for frame in frames_of for value in argument_values(frame)[:1])


def _line(passed: Passed) -> UserLine:
    name = passed.code.co_name
    place = frames.line_in(passed.code, passed.line)
    return UserLine(place, passed.line, _text(passed), "" if name.startswith("<") else name)


def split(came_through: Sequence[Sequence[Passed]]) -> tuple[list[Passed], Passed | None, list[Passed]]:
    """The frames outside of the user's innermost line, that line, and the frames that it led to."""
    for depth in range(len(came_through) - 1, -1, -1):
        level, inner = came_through[depth], came_through[depth + 1 :]
        place = next((place for place in range(len(level) - 1, -1, -1) if level[place].is_users), None)
        if place is not None:
            outside = [*chain.from_iterable(came_through[:depth]), *level[:place]]
            return [*outside, level[place]], level[place], [*level[place + 1 :], *chain.from_iterable(inner)]
    return [], None, list(chain.from_iterable(came_through))


def _called(below: Sequence[Passed]) -> tuple[Part | None, list[Shape]]:
    """The part that the user's line called, of a model the innermost part inside; and what it was given."""
    parts = [(each, part) for each in below for part in [_part_in(each)] if part is not None]
    if not parts:
        return None, []
    inner = [part for _, part in parts if not part.is_model]
    part = parts[0][1] if not parts[0][1].is_model or not inner else inner[-1]
    own = [each for each, other in parts if other == part]
    return part, _first_shapes(reversed(own) if part.kind == "optimizer" else own)


def _part_in(passed: Passed) -> Part | None:
    """The part whose method a frame runs."""
    return next((part_of(value) for value in argument_values(passed.frame)[:1]), None)


def _first_shapes(passed: Iterable[Passed]) -> list[Shape]:
    """The shapes that the first of these frames was given whose arguments have any."""
    return next(filter(None, (list(_shapes(argument_values(each.frame))) for each in passed)), [])


def _shapes(value: Any) -> Iterator[Shape]:
    """The shapes of the tensors and arrays in an argument, those in lists and dicts too."""
    if isinstance(value, list | tuple | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _shapes(each)
    elif hasattr(value, "dtype") and part_of(value) is None:
        shape = shape_of(value)
        if shape is not None:
            yield shape


def _shapes_at(passed: Passed | None) -> list[Shape]:
    """The shapes of the names and attributes that a line applies what raised to, where they are tensors or arrays."""
    node = None if passed is None else passed.node
    if passed is None or node is None:
        return []
    values = (value_of(each, passed.frame) for each in trees.operands_of(node))
    return list(_shapes([value for value in values if value is not None]))


def _text(passed: Passed) -> str:
    """The source of the expression that raised, else of its line, in one line."""
    source, node = trees.source_for(passed.code), passed.node
    if source is None:
        return ""
    text = source.lines[passed.line - 1] if node is None else source.text(source.span(node))
    return textwrap.shorten(text, _LONGEST_TEXT, placeholder=" ...")
