"""Other numbers behind several layers at once: what no change of one layer shows, as the width of all that is added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.layers import Change
from shapeguard.layers.costs import GUESSED_SIZE, SOLVED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Graph
    from shapeguard.diagnosis.number_change import ChangeNumber
    from shapeguard.records.network import Shape

MOST_SIZES = 4
"""Pairs of sizes, as they are and as they should be, in whose proportion numbers are tried."""


def propose_numbers(fault: Fault) -> Iterator[ChangeNumber]:
    """Numbers in the proportion of the sizes that should come out and do, of layers before the fault."""
    sizes = list(dict.fromkeys((*_expected(fault), *_clashing(fault))))[:MOST_SIZES]
    before = {node.index for node in fault.affected}
    homes = fault.analysis.homes
    yield from homes.numbers_for(in_proportion, sizes, before, Change((), SOLVED, solved=True))
    yield from homes.numbers_for(by_difference, sizes, before, Change((), GUESSED_SIZE, solved=True))


def in_proportion(number: int, now: int, wanted: int) -> int | None:
    """The number in the proportion of two sizes; `None` if it is not whole."""
    return number * wanted // now if now and number * wanted % now == 0 else None


def by_difference(number: int, now: int, wanted: int) -> int:
    """The number further by the difference of two sizes: a guess, as they may be far from it."""
    return number + wanted - now


def _expected(fault: Fault) -> Iterator[tuple[int, int]]:
    """(size, size that is expected) on each axis of what is violated."""
    for constraint in fault.outputs:
        observed = _observed(fault.graph, constraint.values)
        for required in fault.constraints.required_shapes(constraint):
            yield from _differing(observed, required)


def _observed(graph: Graph, values: Sequence[int]) -> Shape:
    """The shape of the first of some values, with what is repaired; empty if it was not seen."""
    changed = {} if graph.base is None else graph.base.shapes
    return next((changed.get(value, graph.shapes.get(value, ())) for value in values), ())


def _clashing(fault: Fault) -> Iterator[tuple[int, int]]:
    """(size, size of another tensor on the same axis) where tensors meet that Keras refused together."""
    refused = fault.graph.refused
    shapes = fault.graph.inputs_of(refused) if refused is not None else ()
    for one in shapes:
        for other in shapes:
            if len(one) == len(other):
                yield from _differing(one, other)


def _differing(shape: Sequence[int | None], other: Sequence[int | None]) -> Iterator[tuple[int, int]]:
    for now, size in zip(shape, other, strict=False):
        if now is not None and size is not None and now != size:
            yield now, size
