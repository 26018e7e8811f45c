"""The tensors of a written call in another order: their expressions exchange places, all else stays as it is."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from shapeguard.source.layer_edits import ATOMS, tensor_of
from shapeguard.source.statement_edits import at, between, end, gap
from shapeguard.source.trees import parents_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.records.source import Span
    from shapeguard.source.layer_edits import Argument
    from shapeguard.source.trees import Source


@dataclass(frozen=True, slots=True)
class Exchange:
    """Tensors that exchange places: `span` covers all of them, `now` is its text, `then` what is to stand there."""

    span: Span
    now: str
    then: str


def exchange(source: Source, call: ast.expr, arguments: Sequence[Argument], order: Sequence[int]) -> Exchange | None:
    """The tensors of a call or an operator in another order: in the place of `i` the one that is `order[i]` now.

    `None` where one of those that move is not written there by itself.
    """
    moves = {place: index for place, index in enumerate(order) if place != index}
    written = {place: _operand(call, arguments[place]) for place in moves}
    tensors = {place: node for place, node in written.items() if node is not None}
    if len(tensors) < len(moves):
        return None
    texts = {place: source.text(source.span(node)) for place, node in tensors.items()}
    places = sorted(tensors, key=lambda place: source.span(tensors[place]))
    spans = [source.span(tensors[place]) for place in places]
    whole = _around(source, [tensors[place] for place in places])
    first, last = gap(at(whole), spans[0]), gap(spans[-1], end(whole))
    gaps = [source.text(gap(one, other)) for one, other in pairwise(spans)]
    inside = "".join(texts[moves[place]] + behind for place, behind in zip(places, [*gaps, ""], strict=True))
    return Exchange(whole, source.text(whole), f"{source.text(first)}{inside}{source.text(last)}")


def _operand(call: ast.expr, argument: Argument) -> ast.expr | None:
    """The expression of one tensor; of an operator only what needs no brackets in another place."""
    match call:
        case ast.Call():
            return tensor_of(call, argument)
        case ast.BinOp(left=left, right=right) if argument in {(0,), (1,)}:
            node = right if argument == (1,) else left
            return node if isinstance(node, ATOMS) else None
        case _:
            return None


def _around(source: Source, tensors: Sequence[ast.expr]) -> Span:
    """The list that the tensors stand in, or from the first of them to the last."""
    displays = {parents_in(source)[node] for node in tensors}
    display = displays.pop()
    if not displays and isinstance(display, ast.List | ast.Tuple):
        return source.span(display)
    return between(source.span(tensors[0]), source.span(tensors[-1]))
