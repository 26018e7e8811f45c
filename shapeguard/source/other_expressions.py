"""How an expression of a function could have been written otherwise by a small slip, each as text."""

from __future__ import annotations

import ast
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from shapeguard.source.other_axes import axes_in_index, by_vector, indexed, of_another_axis, squeezed, without_call
from shapeguard.source.slips import Option, OtherExpression, Writer
from shapeguard.source.trees import last_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shapeguard.source.slips import Other, Vocabulary
    from shapeguard.source.trees import Source

KEEPDIMS = "keepdims"
"""The option of a reduction that leaves its axes with size 1."""
AXES = frozenset({"axis", "axes", "dim", "dims"})
"""Options that count axes, the last one as -1."""
FEW = 4
"""Parts of a tuple of which any two may have been exchanged."""


def other_expressions(source: Source, node: ast.expr, words: Vocabulary) -> Iterator[OtherExpression]:
    """What could have been meant in the place of one expression; its parts have their own turn."""
    span = source.span(node)
    now = source.text(span)
    write = Writer(source, span)
    if isinstance(node, ast.Call):
        yield from _options(write, node, words)
    for way in _ways(node):
        yield from (OtherExpression(span, now, *other) for other in way(write, node, words) if other[0] != now)


def squeezed_everywhere(source: Source, node: ast.expr, words: Vocabulary) -> Iterator[OtherExpression]:
    """An expression in which all reads of a tensor that are several are without axes of one place."""
    reads: dict[str, list[ast.expr]] = {}
    for each in ast.walk(node):
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load):
            reads.setdefault(each.id, []).append(each)
    span = source.span(node)
    write = Writer(source, span)
    for names in (each for each in reads.values() if len(each) > 1):
        for text, manner in squeezed(write, names[0], words):
            yield OtherExpression(span, source.text(span), write.with_parts(dict.fromkeys(names, text)), manner)


def _ways(node: ast.expr) -> tuple[Callable[[Writer, ast.expr, Vocabulary], Iterator[Other]], ...]:
    reads = isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
    if isinstance(node, ast.Tuple) and not reads:
        return (_unpacked,)
    return next((ways for kind, ways in _WAYS.items() if isinstance(node, kind) and reads), ())


def _options(write: Writer, call: ast.Call, words: Vocabulary) -> Iterator[OtherExpression]:
    """Another value for an option of a call that is a number or true, or the option that keeps axes."""
    given = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    function = write.text(call.func)
    if last_name(call.func) in words.reductions and KEEPDIMS not in given:
        text = write.with_keyword(call, f"{KEEPDIMS}=True")
        yield OtherExpression(write.whole, write.text(call), text, "option", Option(function, KEEPDIMS))
    for name, value in given.items():
        span = write.source.span(value)
        for other in _other_values(value, is_axis=name in AXES):
            option = Option(function, name, value)
            yield OtherExpression(span, write.text(value), other, "number of an option", option)


def _other_values(value: ast.expr, *, is_axis: bool = True) -> list[str]:
    match value:
        case ast.Constant(value=bool() as truth):
            return [str(not truth)]
        case ast.Constant(value=0) if is_axis:
            return []  # whoever writes the axis of the samples means it
        case ast.Constant(value=int(number)):
            return list(dict.fromkeys(map(str, (number + 1, number - 1, *((-1, 0) if is_axis else ())))))
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(number))):
            return [str(other) for other in (-number - 1, 0, 1, 2) if other]
        case ast.Tuple(elts=[*axes]) | ast.List(elts=[*axes]) if all(map(_is_number, axes)):
            return [*(ast.unparse(axis) for axis in axes), "-1"]
        case _:
            return []


def _is_number(node: ast.expr) -> bool:
    inner = node.operand if isinstance(node, ast.UnaryOp) else node
    return isinstance(inner, ast.Constant) and isinstance(inner.value, int)


def _converted(write: Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """A tensor converted as another one of the function is."""
    name = write.text(node)
    done = {other for other, _, _ in words.conversions}
    yield from ((f"{front}{name}{back}", "as another") for other, front, back in words.conversions if name not in done)


def _reduced(write: Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """A part of a loss with one value for each sample."""
    if words.reducing is not None:
        yield f"{words.reducing}({write.text(node)}, axis=-1)", "reduced"


def _sliced(write: Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """Another bound of a slice: one that another slice has, the other end, or a step; another number in an index."""
    if not isinstance(node, ast.Subscript):
        return
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    for part in parts:
        if isinstance(part, ast.Slice):
            for text in _other_slices(write, part, words):
                yield write.with_part(part, text), "bound"
        elif _is_number(part):
            for number in _other_values(part):
                yield write.with_part(part, number), "bound"


def _other_slices(write: Writer, part: ast.Slice, words: Vocabulary) -> Iterator[str]:
    match part:
        case ast.Slice(lower=ast.expr() as first, upper=ast.expr() as last, step=None):
            yield from [f"{write.text(first)}::{write.text(last)}"] if words.has_steps else []
            yield f"{write.text(first)}:"
            yield f":{write.text(last)}"
        case ast.Slice(lower=ast.expr() as first, upper=None, step=None):
            yield from (f"{bound}:" for bound in words.bounds)
            yield f":{write.text(first)}"
        case ast.Slice(lower=None, upper=ast.expr() as last, step=None):
            yield f"{write.text(last)}:"
            yield from (f":{bound}" for bound in words.bounds)
            yield from ("1:", ":-1")


def _unpacked(write: Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """What a call gives under names in another order."""
    del words
    if isinstance(node, ast.Tuple) and all(isinstance(each, ast.Name) for each in node.elts):
        for one, other in combinations(node.elts, 2):
            yield write.with_parts({one: write.text(other), other: write.text(one)}), "order"


def _reordered(write: Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """The parts of a tuple or list in another order: any two exchanged of few, neighbours of many."""
    del words
    if not isinstance(node, ast.Tuple | ast.List) or any(isinstance(each, ast.Slice) for each in node.elts):
        return
    if all(map(_is_number, node.elts)):
        return  # axes in an order, of which formulas know more
    parts = node.elts
    pairs = combinations(parts, 2) if len(parts) <= FEW else pairwise(parts)
    for one, other in pairs:
        if any(isinstance(each, ast.UnaryOp) for each in (one, other)):
            continue  # what is left over
        yield write.with_parts({one: write.text(other), other: write.text(one)}), "order of parts"


def _other_sizes(write: Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """A size of a shape for another number of the function that the shape does not have."""
    parts = node.elts if isinstance(node, ast.Tuple | ast.List) else []
    texts = {part: write.text(part) for part in parts}
    others = [each for each in words.numbers if each not in texts.values()]
    for part, text in texts.items():
        if text in words.numbers:
            yield from ((write.with_part(part, other), "other number") for other in others)


def _of_batch(write: Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """The number of samples where a shape begins with a number, or a list is repeated by one."""
    match node:
        case ast.Tuple(elts=[first, _, *_]) | ast.List(elts=[first, _, *_]):
            pass
        case ast.BinOp(left=ast.List(), op=ast.Mult(), right=first):
            pass
        case _:
            return
    is_number = isinstance(first, ast.Constant) and type(first.value) is int and first.value
    if words.samples is not None and (is_number or isinstance(first, ast.Name | ast.Attribute)):
        yield write.with_part(first, words.samples), "samples"


def _known_then(write: Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """The sizes that a batch has for those that are known before."""
    match node:
        case ast.Attribute(value=tensor, attr="shape") if words.sizes is not None and node not in words.called:
            yield f"{words.sizes}({write.text(tensor)})", "open shape"


def _parts_of_shape(write: Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """Some of a shape where all of it is written: without the samples, its last size, as a shape or as a number."""
    if node in words.shapes:
        name = write.text(node)
        yield from ((text, "shape") for text in (f"({name}[-1],)", f"{name}[1:]", f"{name}[-1]"))


def _renamed(write: Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """A name that nothing else reads, or a layer of the same class that nothing else calls."""
    match node:
        case ast.Name():
            yield from ((other, "tensor") for other in words.unread)
        case ast.Attribute(value=owner, attr=name):
            for other in words.layers.get(name, ()):
                yield f"{write.text(owner)}.{other}", "layer"


def _reversed(write: Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """What a loop goes over, from its end."""
    if node in words.iterated:
        yield f"reversed({write.text(node)})", "order"


def _calculated(write: Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """A number calculated otherwise: one more or less, twice, or times another one of the function."""
    text = write.text(node)
    if text not in words.numbers:
        return
    held = write.held(node)
    others = [f"{held} * {other}" for other in words.numbers if other != text and other.isidentifier()]
    for other in (f"(2 * {held})", f"({text} + 1)", f"({text} - 1)", *(f"({each})" for each in others)):
        yield other, "number"


_WAYS = {
    ast.Call: (by_vector, without_call, indexed),
    ast.Subscript: (_sliced, of_another_axis, axes_in_index, indexed),
    ast.Name: (_parts_of_shape, _converted, _reduced, indexed, squeezed, _renamed, _reversed, _calculated),
    ast.Tuple: (_of_batch, _reordered, _other_sizes),
    ast.List: (_of_batch, _reordered, _other_sizes),
    ast.Attribute: (_known_then, _renamed, _calculated),
    ast.BinOp: (_of_batch, _calculated),
}
"""What may be slipped on in an expression that is read, by its kind."""
