"""Other numbers behind several layers at once: what no change of one layer shows, as the width of all that is added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.layers import Change
from shapeguard.layers.costs import GUESSED_SIZE, NEXT_DIVISOR, SOLVED
from shapeguard.layers.operations import total_of
from shapeguard.records.source import OperationName

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.diagnosis.number_change import ChangeNumber
    from shapeguard.records.network import Shape
    from shapeguard.source.expressions import WrittenLiteral

MOST_DIVISORS = 2
"""Divisors of sizes that are tried on either side of a number."""
MOST_SIZES = 4
"""Pairs of sizes, as they are and as they should be, in whose proportion numbers are tried."""


def propose_numbers(fault: Fault) -> Iterator[ChangeNumber]:
    """Numbers in the proportion of the sizes that should come out and do, of layers before the fault."""
    sizes = list(dict.fromkeys((*_expected(fault), *_clashing(fault))))[:MOST_SIZES]
    before = {node.index for node in fault.affected}
    homes = fault.analysis.homes
    yield from homes.numbers_for(in_proportion, sizes, before, Change((), SOLVED, solved=True))
    yield from homes.numbers_for(by_difference, sizes, before, Change((), GUESSED_SIZE, solved=True))
    yield from _dividing(fault)
    yield from _as_often_as_split(fault)


def _dividing(fault: Fault) -> Iterator[ChangeNumber]:
    """Numbers behind the arguments of the operation that Keras refused, which divide a size of its tensors evenly.

    As the heads in `ops.reshape(x, (-1, steps, heads, dim // heads))`: no entry alone can be another.
    """
    refused = fault.graph.refused
    if refused is None or refused.construction is None or not isinstance(refused.construction.layer, OperationName):
        return
    sizes = {size for shape in fault.graph.inputs_of(refused) for size in shape[1:] if size}
    for literal in _whole_numbers(fault, refused):
        for place, value in enumerate(_nearest_divisors(literal.value, sizes)):
            like = Change((), SOLVED + NEXT_DIVISOR * place, solved=True)
            number = fault.analysis.homes.number(literal, value, like)
            if number is not None and refused.index in number.nodes and _keeps_samples(fault.graph, refused, number):
                yield number


def _as_often_as_split(fault: Fault) -> Iterator[ChangeNumber]:
    """The factor of a width that is split: `Dense(2 * dim)` of which three parts are made."""
    refused = fault.graph.refused
    parts = None if refused is None else fault.graph.config_of(refused).get("indices_or_sections")
    maker = None if refused is None or not refused.inputs else fault.graph.source_of(refused.inputs[0])
    if type(parts) is not int or maker is None:
        return
    for literal in _whole_numbers(fault, maker):
        is_near = abs(literal.value - parts) == 1
        number = fault.analysis.homes.number(literal, parts, Change((), SOLVED, solved=True)) if is_near else None
        if number is not None:
            yield number


def _whole_numbers(fault: Fault, node: Node) -> list[WrittenLiteral]:
    """The numbers in the source behind the arguments of a call, each once."""
    origins = fault.analysis.homes.origins(node.index).values()
    literals = {each.span: each for origin in origins for each in origin.literals}
    return [each for each in literals.values() if type(each.value) is int and each.value > 0]


def _keeps_samples(graph: Graph, refused: Node, number: ChangeNumber) -> bool:
    """Whether a reshape has as many elements in each sample as it takes; of other operations nothing is asked."""
    if refused.call.layer_type.lower() != "reshape":
        return True
    taken, patch = graph.inputs_of(refused)[0], number.patch(graph)
    given = graph.forward(refused, (taken,), patch.configs[refused.index])
    return isinstance(given, tuple) and total_of(given[0][1:]) == total_of(taken[1:])


def _nearest_divisors(number: int, sizes: Collection[int]) -> list[int]:
    """The divisors of sizes that are next to a number, the nearest first; not 1, and none of the sizes themselves."""
    divisors = {value for size in sizes for value in range(2, size) if size % value == 0} - {number}
    below, above = ([each for each in divisors if (each < number) is is_below] for is_below in (True, False))
    nearest = [*sorted(below)[-MOST_DIVISORS:], *sorted(above)[:MOST_DIVISORS]]
    return sorted(nearest, key=lambda value: abs(value - number))


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
