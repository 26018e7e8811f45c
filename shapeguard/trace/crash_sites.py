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
    import ast
    from collections.abc import Iterable, Iterator, Sequence

    from shapeguard.keras_compat.parts import Part
    from shapeguard.records.network import Shape
    from shapeguard.records.source import Span
    from shapeguard.trace.raised_frames import Passed

_MOST_SHAPES = 4
_LONGEST_TEXT = 60


@dataclass(frozen=True, slots=True)
class CrashSite:
    """The user's innermost line that an exception came through, and what happened there.

    `part` raised, or the user's code that was running in it; `None` where a function was called outside of any.
    `is_inside`: the line is in the part's own code. `text` is the expression that raised, `function` the name of the
    user's function. `shapes` are those of the tensors that the call got. `node` is the node of a TensorFlow graph.
    """

    part: Part | None
    is_inside: bool
    shapes: tuple[Shape, ...]
    place: Span | None
    line: int | None
    text: str
    function: str
    node: str | None


def site_of(exception: BaseException) -> CrashSite:
    """Where an exception that Keras or its backend raised came from."""
    came_through = levels(exception)
    outside, line, below = _split(came_through)
    part, shapes = _called(below)
    node = None if line is None else line.node
    is_inside = part is None
    if part is None:
        part = next((each for each in map(_part_in, reversed(outside)) if each is not None), None)
        shapes = _first_shapes(below) or ([] if line is None or node is None else _shapes_in(node, line))
    return CrashSite(
        part=part,
        is_inside=is_inside,
        shapes=tuple(shapes[:_MOST_SHAPES]),
        place=None if line is None else frames.line_in(line.code, line.line),
        line=None if line is None else line.line,
        text="" if line is None else _text(node, line),
        function="" if line is None or line.code.co_name.startswith("<") else line.code.co_name,
        node=messages.graph_node(str(exception)),
    )


def _split(came_through: Sequence[Sequence[Passed]]) -> tuple[list[Passed], Passed | None, list[Passed]]:
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


def _shapes_in(node: ast.expr, passed: Passed) -> list[Shape]:
    """The shapes of the names and attributes that an expression is applied to, where they are tensors or arrays."""
    values = (value_of(each, passed.frame) for each in trees.operands_of(node))
    return list(_shapes([value for value in values if value is not None]))


def _text(node: ast.expr | None, passed: Passed) -> str:
    """The source of the expression that raised, else of its line, in one line."""
    source = trees.source_for(passed.code)
    if source is None:
        return ""
    text = source.lines[passed.line - 1] if node is None else source.text(source.span(node))
    return textwrap.shorten(text, _LONGEST_TEXT, placeholder=" ...")
