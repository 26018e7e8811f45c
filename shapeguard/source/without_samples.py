"""Tensors that a function makes of numbers alone, for no samples although it knows how many there are."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.source.trees import last_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.source.slips import Other, Vocabulary, Writer

FILLED = frozenset({"empty", "fill", "full", "normal", "ones", "truncated_normal", "uniform", "zeros"})
"""Functions that make a tensor of the shape that they are given first."""
SQUARE = frozenset({"eye"})
"""Functions that make a square matrix of the size that they are given first."""
LISTS = ast.Tuple | ast.List
SEVERAL = 2
"""Tensors of a list that are made for no samples all together."""


def for_samples(write: Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """A tensor that is made for no samples, for each of them; of a list of such tensors all."""
    if words.samples is None or not words.tensors:
        return
    if isinstance(node, LISTS):
        texts = {each: next(_made_for_samples(write, each, words), None) for each in node.elts}
        made: dict[ast.AST, str] = {each: text for each, text in texts.items() if text is not None}
        if len(made) >= SEVERAL:
            yield write.with_parts(made), "without samples"
    else:
        yield from ((text, "without samples") for text in _made_for_samples(write, node, words))


def _made_for_samples(write: Writer, node: ast.expr, words: Vocabulary) -> Iterator[str]:
    """The call that makes a tensor, written so that it makes one for each sample."""
    match node:
        case ast.Call(func=callee, args=[shape, *_]) as call if not _knows_samples(write, shape, words):
            if last_name(callee) in FILLED:
                inner = write.within(call)
                yield from (inner.with_part(shape, text) for text in _shapes(write, shape, words))
            elif last_name(callee) in SQUARE and len(call.args) == 1:
                yield _of_squares(write, call, str(words.samples))


def _knows_samples(write: Writer, shape: ast.expr, words: Vocabulary) -> bool:
    first = shape.elts[0] if isinstance(shape, LISTS) and shape.elts else shape
    return "shape" in write.text(first) or str(words.samples) in write.text(shape)


def _shapes(write: Writer, shape: ast.expr, words: Vocabulary) -> Iterator[str]:
    """A shape with the number of samples in front; where it has one place, also with the size of a state."""
    sizes = [write.text(each) for each in shape.elts] if isinstance(shape, LISTS) else [write.text(shape)]
    if isinstance(shape, LISTS | ast.Constant | ast.Name | ast.Attribute | ast.BinOp):
        front, back = "[]" if isinstance(shape, ast.List) else "()"
        ways = ([words.state], sizes) if words.state is not None and sizes == ["1"] else (sizes,)
        yield from (f"{front}{', '.join([str(words.samples), *map(str, way)])}{back}" for way in ways)


def _of_squares(write: Writer, call: ast.Call, samples: str) -> str:
    """One square matrix for each sample: TensorFlow's function makes several, what others make is repeated."""
    text, module = write.text(call), write.text(call.func).rpartition(".")[0]
    if module in {"tf", "tf.linalg"}:
        return write.with_keyword(call, f"batch_shape=[{samples}]")
    return f"{module}.repeat({text}[None], {samples}, axis=0)"
