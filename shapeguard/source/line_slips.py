"""How a line that a function of arrays refused could have been meant, each way as text, by the shapes that it holds."""

from __future__ import annotations

import ast
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from shapeguard.source.slips import Writer
from shapeguard.source.trees import last_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from shapeguard.records.network import Shape
    from shapeguard.records.source import Span
    from shapeguard.source.trees import Source

JOINING = frozenset({"concatenate", "concat", "stack", "hstack", "vstack", "dstack", "column_stack"})
"""Functions that take their arrays as one argument."""
PRODUCTS = frozenset({"dot", "matmul"})
"""Functions of matrices."""
MATRIX = 2
"""The axes of a matrix."""


Way = Literal[
    "samples",
    "first size",
    "own size",
    "size left over",
    "whole windows",
    "axis number",
    "parts of an index",
    "part of an index",
    "whole axis",
    "not reduced",
    "filled",
    "padded",
    "side by side",
    "one by one",
    "axis of one",
    "only sample",
    "axis behind samples",
    "last axis",
    "flat",
    "transposed",
]
"""What was slipped on: the number of samples in a shape, another first size, one that the array has, any other,
samples that fill no whole window, the number of an axis, a list of indices for one index in each axis, a part of an
index too many, or a whole axis before the last part, a call that takes away an axis which is not there, more room
than what is stored, sentences of several lengths, the axis along which arrays are joined, arrays that are no list, an
axis of one place at the end, a batch of one, an axis that lacks behind the samples or at the end, axes that were to
be one, a matrix the other way round."""


@dataclass(frozen=True, slots=True)
class LineSlip:
    """`text` in the place of what `span` holds."""

    span: Span
    text: str
    way: Way


@dataclass(frozen=True, slots=True)
class Line:
    """The expression that was refused, and what the parts of its statement are.

    `shapes` are those of the arrays in it, `numbers` its whole numbers. `stored` is what a statement puts into the
    part of an array that was refused, `room` the shape of that part. `sentences` are lists of lists of whole numbers.
    """

    source: Source
    refused: ast.expr
    shapes: Mapping[ast.expr, Shape]
    numbers: Mapping[ast.expr, int]
    stored: ast.expr | None = None
    room: Shape | None = None
    sentences: frozenset[ast.expr] = frozenset()

    def writer(self, node: ast.expr) -> Writer:
        """Writes a part of the line."""
        return Writer(self.source, self.source.span(node))


def line_slips(line: Line) -> Iterator[LineSlip]:
    """What may have been meant, in no order."""
    yield from _sizes(line)
    yield from _axes(line)
    yield from _index(line)
    yield from _joined(line)
    yield from _filled(line)
    yield from _padded(line)
    yield from _not_reduced(line)
    yield from _operands(line)


def _sizes(line: Line) -> Iterator[LineSlip]:
    """Another size in the shape that an array was to get: the one that is left over; or fewer samples."""
    array, elements = _reshaped(line)
    sizes = [line.numbers[each] for each in elements if each in line.numbers]
    if array is None or len(sizes) < len(elements):
        return
    shape = [size for size in line.shapes.get(array, ()) if size is not None]
    total, name = math.prod(shape), line.writer(array).held(array)
    for place, element in enumerate(elements):
        size = _left_over(total, [*sizes[:place], *sizes[place + 1 :]], shape)
        if size is not None:
            yield _size(line, element, size, shape, name, is_first=place == 0)
    if -1 in sizes and shape[1:] == sizes[len(sizes) - len(shape) + 1 :]:
        yield from _fewer_samples(line, array, -math.prod(sizes), shape)


def _left_over(total: int, others: list[int], shape: list[int]) -> int | None:
    """The size beside others that holds all numbers; beside one that is open, for as many samples as there are."""
    product = math.prod(others)
    if product < 0:
        product *= -next(iter(shape), 1)
    return total // product if product > 0 and total % product == 0 else None


def _size(line: Line, element: ast.expr, size: int, shape: list[int], name: str, *, is_first: bool) -> LineSlip:
    is_samples = is_first and size == shape[0]
    text = str(size) if isinstance(element, ast.Constant) or not is_samples else f"{name}.shape[0]"
    own: Way = "own size" if size in shape[1:] else "size left over"
    return LineSlip(line.source.span(element), text, "samples" if is_samples else "first size" if is_first else own)


def _fewer_samples(line: Line, array: ast.expr, size: int, shape: list[int]) -> Iterator[LineSlip]:
    """The samples that fill whole windows."""
    one = math.prod(shape[1:])
    if shape and size > one and size % one == 0 and shape[0] >= size // one:
        steps, name = size // one, line.writer(array).held(array)
        yield LineSlip(line.source.span(array), f"{name}[: len({name}) // {steps} * {steps}]", "whole windows")


def _reshaped(line: Line) -> tuple[ast.expr | None, list[ast.expr]]:
    """The array that a call gives another shape, and the sizes of that."""
    match line.refused:
        case ast.Call(func=ast.Attribute(value=owner, attr="reshape"), args=args):
            given = [owner, *args] if owner in line.shapes else [*args]
        case ast.Call(func=function, args=args) if last_name(function) == "reshape":
            given = [*args]
        case _:
            return None, []
    match given:
        case [array, ast.Tuple(elts=elements) | ast.List(elts=elements)]:
            return array, elements
        case [array, *elements]:
            return array, elements
    return None, []


def _axes(line: Line) -> Iterator[LineSlip]:
    """Another number for an axis, or for an index."""
    for node in _numbered(line):
        inner = node.operand if isinstance(node, ast.UnaryOp) else node
        if isinstance(inner, ast.Constant) and node in line.numbers:
            number = line.numbers[node]
            ends = [-1, 0] if number >= 0 and isinstance(line.refused, ast.Call) else []
            others = [number - 1, number + 1, *ends]
            texts = (str(other) for other in dict.fromkeys(others) if other != number)
            yield from (LineSlip(line.source.span(node), text, "axis number") for text in texts)


def _numbered(line: Line) -> list[ast.expr]:
    """What may be the number of an axis, or an index."""
    match line.refused:
        case ast.Call(args=[_, *rest], keywords=keywords) if not _reshaped(line)[1]:
            return [*rest, *(each.value for each in keywords if each.arg in {"axis", "axes"})]
        case ast.Subscript(slice=ast.Tuple(elts=parts)):
            return parts
        case ast.Subscript(slice=index):
            return [index]
        case _:
            return []


def _index(line: Line) -> Iterator[LineSlip]:
    """A list of indices as one for each axis; an index without one of its parts."""
    index = line.refused.slice if isinstance(line.refused, ast.Subscript) else None
    if isinstance(index, ast.List) and len(index.elts) > 1:
        text = line.source.text(line.source.span(index))[1:-1].strip()
        yield LineSlip(line.source.span(index), text, "parts of an index")
    if isinstance(index, ast.Tuple) and isinstance(line.refused, ast.Subscript):
        rank = len(line.shapes.get(line.refused.value, index.elts))
        if rank > len(index.elts):
            texts = [line.source.text(line.source.span(each)) for each in index.elts]
            yield LineSlip(line.source.span(index), ", ".join([*texts[:-1], ":", texts[-1]]), "whole axis")
        for place in range(len(index.elts) if rank < len(index.elts) else 0):
            yield _without_part(line, line.refused, index, place)


def _without_part(line: Line, node: ast.Subscript, index: ast.Tuple, place: int) -> LineSlip:
    """An index without one of its parts; the array itself where nothing but whole axes is left."""
    rest = [*index.elts[:place], *index.elts[place + 1 :]]
    if all(isinstance(each, ast.Slice) and each.lower is each.upper is each.step is None for each in rest):
        return LineSlip(line.source.span(node), line.source.text(line.source.span(node.value)), "part of an index")
    texts = [line.source.text(line.source.span(each)) for each in rest]
    return LineSlip(line.source.span(index), ", ".join(texts), "part of an index")


def _not_reduced(line: Line) -> Iterator[LineSlip]:
    """An array of which an axis is to be taken away that it does not have, as it is."""
    match line.refused:
        case ast.Call(func=ast.Attribute(attr="argmax" | "argmin"), args=[array, *_]) as call if array in line.shapes:
            yield LineSlip(line.source.span(call), line.source.text(line.source.span(array)), "not reduced")


def _padded(line: Line) -> Iterator[LineSlip]:
    """Sentences of several lengths, of which an array is to be made, filled up to the longest."""
    match line.refused:
        case ast.Call(func=ast.Attribute(attr="array" | "asarray"), args=[given, *_]) as call:
            if given in line.sentences:
                text = line.source.text(line.source.span(given))
                for function in ("pad_sequences", "keras.utils.pad_sequences", "tf.keras.utils.pad_sequences"):
                    yield LineSlip(line.source.span(call), f"{function}({text})", "padded")


def _filled(line: Line) -> Iterator[LineSlip]:
    """A part of an array that is filled as far as there is something to store."""
    target = line.refused
    if line.stored is None or not isinstance(target, ast.Subscript) or isinstance(target.slice, ast.Tuple | ast.Slice):
        return
    room, given = line.shapes.get(target.value, ())[1:], line.shapes.get(line.stored, ())
    if room[1:] == given[1:] and _is_more(room, given):
        stored = line.writer(line.stored).text(line.stored)
        text = f"{line.writer(target.slice).text(target.slice)}, : len({stored})"
        yield LineSlip(line.source.span(target.slice), text, "filled")


def _joined(line: Line) -> Iterator[LineSlip]:
    """Arrays that are given one by one, as one argument; arrays side by side."""
    match line.refused:
        case ast.Call(func=function, args=[ast.Tuple() | ast.List()], keywords=[]) as call:
            if last_name(function) in {"concatenate", "concat"}:
                yield LineSlip(line.source.span(call), line.writer(call).with_keyword(call, "axis=1"), "side by side")
            return
        case ast.Call(func=function, args=[first, second, *rest]) if last_name(function) in JOINING:
            given = [first, *(each for each in (second, *rest) if each in line.shapes)]
        case _:
            return
    if len(given) > 1 and first in line.shapes:
        texts = {each: line.source.text(line.source.span(each)) for each in given}
        write = line.writer(line.refused)
        changed = write.with_parts({first: f"({texts[first]}", given[-1]: f"{texts[given[-1]]})"})
        yield LineSlip(write.whole, changed, "one by one")


def _operands(line: Line) -> Iterator[LineSlip]:
    """What the refused expression is applied to, with another rank or fewer samples."""
    nodes = _applied_to(line)
    shapes = [line.shapes[each] for each in nodes]
    ranks = {len(shape) for shape in shapes} | ({len(line.room)} if line.room is not None else set())
    is_product = _is_product(line.refused)
    for node, shape in zip(nodes, shapes, strict=True):
        span, name = line.source.span(node), line.writer(node).held(node)
        yield from (LineSlip(span, *way) for way in _ways(name, shape, is_product=is_product))
        most = max(ranks)
        if 1 <= len(shape) < most - 1:
            yield LineSlip(span, f"{name}[:{', None' * (most - len(shape))}]", "axis behind samples")


def _ways(name: str, shape: Shape, *, is_product: bool) -> Iterator[tuple[str, Way]]:
    if len(shape) > 1 and shape[-1] == 1:
        yield f"{name}[{':, ' if len(shape) == MATRIX else '..., '}0]", "axis of one"
    if len(shape) > 1 and shape[0] == 1:
        yield f"{name}[0]", "only sample"
    if shape:
        yield f"{name}[:, None]", "axis behind samples"
    if len(shape) > 1:
        yield f"{name}[..., None]", "last axis"
    if len(shape) > MATRIX and "(" not in name:
        yield f"{name}.reshape(len({name}), -1)", "flat"
    if len(shape) == MATRIX and is_product:
        yield f"{name}.T", "transposed"


def _applied_to(line: Line) -> list[ast.expr]:
    """The arrays that the refused expression is applied to, those in a tuple or list too."""
    match line.refused:
        case ast.BinOp(left=left, right=right):
            given = [left, right]
        case ast.Call(func=ast.Attribute(value=owner), args=args):
            given = [owner, *args]
        case ast.Call(args=args):
            given = [*args]
        case _:
            given = []
    inside = [part for each in given for part in (each.elts if isinstance(each, ast.Tuple | ast.List) else [each])]
    inside += [] if line.stored is None else [line.stored]
    return [each for each in inside if each in line.shapes]


def _is_product(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.MatMult)
    return isinstance(node, ast.Call) and last_name(node.func) in PRODUCTS


def _is_more(shape: Shape, other: Shape) -> bool:
    return bool(shape and other) and (shape[0] or 0) > (other[0] or 0)
