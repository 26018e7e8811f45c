"""Operations that arrange the axes of an array, as the program writes them, and how they would be written otherwise."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING

from shapeguard.source.statement_edits import between, end
from shapeguard.source.trees import last_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from shapeguard.records.network import Shape
    from shapeguard.records.source import Span
    from shapeguard.source.trees import Source

    Fits = Callable[[Shape], bool]

MOST = 5
"""Axes of which all orders are tried."""
_STACK = "stack"
_NEW_AXIS = {"expand_dims": None, _STACK: 0}
"""Functions that put a new axis in, and where they do so if no axis is written."""
_ORDERS = frozenset({"transpose", "permute"})
_SWAP = "swapaxes"
_MOVES = frozenset({"moveaxis", _SWAP})
_RESHAPE = "reshape"


@dataclass(frozen=True, slots=True)
class Arranged:
    """Another text for a part of an operation, with the shape that it gives then.

    `is_only` if no other value would do. `texts` are the sizes of a reshape as they would be written.
    """

    replaces: Span
    text: str
    shape: Shape
    is_only: bool
    texts: tuple[str, ...] = ()


def arranged(source: Source, node: ast.expr, shape: Shape, fits: Fits) -> Arranged | None:
    """The operation so that it gives a shape that fits instead of `shape`; `None` where it cannot, or is none."""
    match node:
        case ast.Subscript(slice=index):
            return _with_new_axis_in_index(source, node, index, shape, fits)
        case ast.Call(func=function):
            name = last_name(function) or ""
            if name in _NEW_AXIS:
                return _with_new_axis(source, node, name, shape, fits)
            if name in _ORDERS:
                return _in_order(source, node, shape, fits)
            if name in _MOVES:
                return _not_moved(source, node, shape, fits)
            return _reshaped(source, node, shape, fits) if name == _RESHAPE else None
        case _:
            return None


def sizes_written(call: ast.Call) -> list[ast.expr]:
    """The sizes that a call of `reshape` writes one by one, as a method or a function."""
    shapes = [each.value for each in call.keywords if each.arg in {"shape", "newshape"}]
    given = [*call.args, *shapes]
    displays = [each for each in given if isinstance(each, ast.Tuple | ast.List)]
    if displays:
        return displays[0].elts if len(displays) == 1 else []
    return given if isinstance(call.func, ast.Attribute) and len(given) > 1 and not call.keywords else []


def _places(shape: Shape, now: int, fits: Fits) -> list[tuple[int, Shape]]:
    """(place, shape) for each other place of an axis at which the shape fits."""
    rest = [*shape[:now], *shape[now + 1 :]]
    moved = [(place, (*rest[:place], shape[now], *rest[place:])) for place in range(len(shape))]
    return [(place, other) for place, other in moved if place != now and fits(other)]


def _elsewhere(shape: Shape, now: int, fits: Fits, write: Callable[[int], tuple[Span, str]]) -> Arranged | None:
    """The axis at the first other place at which it fits, as `write` says it."""
    found = _places(shape, now, fits)
    if not found:
        return None
    place, other = found[0]
    return Arranged(*write(place), other, len(found) == 1)


def _with_new_axis(source: Source, call: ast.Call, name: str, shape: Shape, fits: Fits) -> Arranged | None:
    """`axis` of a function that puts an axis in: `np.expand_dims(x, axis=0)`."""
    written = next((each.value for each in call.keywords if each.arg == "axis"), next(iter(call.args[1:]), None))
    now = _NEW_AXIS[name] if written is None else _number(written)
    if now is None or not call.args or not -len(shape) <= now < len(shape):
        return None

    def write(place: int) -> tuple[Span, str]:
        axis = "-1" if place == len(shape) - 1 else str(place)
        return (end(source.span(call.args[-1])), f", axis={axis}") if written is None else (source.span(written), axis)

    if name == _STACK:
        return _elsewhere(shape, now % len(shape), fits, write)
    return _with_axis_of_one(source, (call, call.args[0]), now % len(shape), shape, fits, write)


def _with_new_axis_in_index(
    source: Source, node: ast.Subscript, index: ast.expr, shape: Shape, fits: Fits
) -> Arranged | None:
    """`x[None]` for `x[..., None]`, and the like."""
    entries = index.elts if isinstance(index, ast.Tuple) else [index]
    new = [place for place, each in enumerate(entries) if _is_new_axis(each)]
    if len(new) != 1 or not all(_is_whole(each) for place, each in enumerate(entries) if place not in new):
        return None
    is_behind = any(_is_ellipsis(each) for each in entries[: new[0]])
    now = len(shape) - (len(entries) - new[0]) if is_behind else new[0]
    word = source.text(source.span(entries[new[0]]))

    def write(place: int) -> tuple[Span, str]:
        is_last = place == len(shape) - 1
        return source.span(index), f"..., {word}" if is_last else ", ".join([*[":"] * place, word])

    return _with_axis_of_one(source, (node, node.value), now, shape, fits, write)


def _with_axis_of_one(
    source: Source,
    operation: tuple[ast.expr, ast.expr],
    now: int,
    shape: Shape,
    fits: Fits,
    write: Callable[[int], tuple[Span, str]],
) -> Arranged | None:
    """The axis at another place, or what it is put into if that fits as it is; `operation` is both."""
    if now >= len(shape) or shape[now] != 1:
        return None
    node, taken = operation
    before = (*shape[:now], *shape[now + 1 :])
    without = Arranged(source.span(node), source.text(source.span(taken)), before, is_only=True)
    return _elsewhere(shape, now, fits, write) or (without if fits(before) else None)


def _in_order(source: Source, call: ast.Call, shape: Shape, fits: Fits) -> Arranged | None:
    """Other axes of a `transpose`, or what it is called on."""
    entries = _entries(call)
    known, taken = _axes(entries, len(shape)), _taken(call)
    if sorted(known) != [*range(len(shape))] or len(shape) > MOST:
        return None
    before = tuple(shape[known.index(axis)] for axis in range(len(shape)))
    if taken is not None and fits(before):
        return Arranged(source.span(call), source.text(source.span(taken)), before, is_only=True)
    orders = [order for order in permutations(known) if fits(_taken_in(before, order))]
    if not orders:
        return None
    span = between(source.span(entries[0]), source.span(entries[-1]))
    return Arranged(span, ", ".join(map(str, orders[0])), _taken_in(before, orders[0]), len(orders) == 1)


def _entries(call: ast.Call) -> list[ast.expr]:
    """The elements of the first tuple or list that a call is given."""
    given = [*call.args, *(each.value for each in call.keywords)]
    return next((each.elts for each in given if isinstance(each, ast.Tuple | ast.List)), [])


def _taken_in(shape: Shape, order: Sequence[int]) -> Shape:
    return tuple(shape[axis] for axis in order)


def _axes(nodes: Sequence[ast.expr], rank: int) -> list[int]:
    """The axes that are written as numbers, each counted from the front."""
    return [number % rank for number in map(_number, nodes) if number is not None]


def _not_moved(source: Source, call: ast.Call, shape: Shape, fits: Fits) -> Arranged | None:
    """What an axis is moved of, if that fits as it is."""
    taken = _taken(call)
    known = _axes(call.args, len(shape))[-2:]
    if taken is None or len(known) != 2:
        return None
    before, (first, second) = [*range(len(shape))], known
    if last_name(call.func) == _SWAP:
        before[first], before[second] = before[second], before[first]
    else:
        before.insert(first, before.pop(second))
    other = tuple(shape[axis] for axis in before)
    return Arranged(source.span(call), source.text(source.span(taken)), other, is_only=True) if fits(other) else None


def _taken(call: ast.Call) -> ast.expr | None:
    """The array of an operation: what a method is called on, else the first argument of a function."""
    first = next(iter(call.args), None)
    is_function = first is not None and _number(first) is None and not isinstance(first, ast.Tuple | ast.List)
    if is_function:
        return first
    return call.func.value if isinstance(call.func, ast.Attribute) else None


def _reshaped(source: Source, call: ast.Call, shape: Shape, fits: Fits) -> Arranged | None:
    """The sizes that are written, in another order."""
    sizes = sizes_written(call)
    if len(sizes) != len(shape) or len(sizes) > MOST:
        return None
    texts = [source.text(source.span(each)) for each in sizes]
    orders = sorted(permutations(range(len(shape))), key=lambda order: sum(a != b for a, b in enumerate(order)))
    fitting = [order for order in orders if fits(tuple(shape[axis] for axis in order))]
    written = list(dict.fromkeys(tuple(texts[axis] for axis in order) for order in fitting))
    if not written:
        return None
    span = between(source.span(sizes[0]), source.span(sizes[-1]))
    other = tuple(shape[axis] for axis in fitting[0])
    return Arranged(span, ", ".join(written[0]), other, len(written) == 1, written[0])


def is_written_elsewhere(source: Source, node: ast.expr, texts: Sequence[str], calls: Sequence[ast.Call]) -> bool:
    """Whether another `reshape` of the file writes these sizes in this order, the number of samples left out."""
    for call in calls:
        sizes = [source.text(source.span(each)) for each in sizes_written(call)]
        if call is not node and len(sizes) > 1 and tuple(sizes[1:]) == tuple(texts[1:]):
            return True
    return False


def _number(node: ast.expr) -> int | None:
    match node:
        case ast.Constant(value=int() as value) if not isinstance(value, bool):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as value)):
            return -value
        case _:
            return None


def _is_new_axis(node: ast.expr) -> bool:
    return (isinstance(node, ast.Constant) and node.value is None) or last_name(node) == "newaxis"


def _is_ellipsis(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...


def _is_whole(node: ast.expr) -> bool:
    is_slice = isinstance(node, ast.Slice) and node.lower is node.upper is node.step is None
    return is_slice or _is_ellipsis(node)


def reshapes(calls: Sequence[ast.Call]) -> Iterator[ast.Call]:
    """The calls of `reshape` among some."""
    return (each for each in calls if last_name(each.func) == _RESHAPE)
