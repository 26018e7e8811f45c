"""Shapes that a node might have to give: expected elsewhere, on the other side of a clash, or with other sizes."""

from __future__ import annotations

from itertools import pairwise, product
from math import prod
from typing import TYPE_CHECKING

from shapeguard.diagnosis.input_inversion import inverted_shapes
from shapeguard.spec import shapes_agree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.records.network import Shape

NEAR = (1, -1, 2, -2, 3, -3, 4, -4)
FACTORS = (2, 4, 8)
LIMIT = 40
WIDE = 72
FEW = 8
"""Sizes that are tried on each axis in a network of more than `WIDE` nodes."""


def plausible_outputs(fault: Fault, node: Node) -> Iterator[Shape]:
    """Shapes worth asking about: inverted, expected elsewhere, on the other side of a clash, with other sizes."""
    graph, observed = fault.graph, fault.graph.shapes[node.outputs[0]]
    if not graph.holds_samples(node):
        yield from _of_weight(fault, observed)
        return
    if node.comes_in:
        yield from inverted_shapes(fault, node)
    for constraint in fault.outputs:
        for shape in fault.constraints.required_shapes(constraint):
            yield _filled(shape, observed)
    if graph.refused is not None:
        for entering in graph.inputs_of(graph.refused):
            if entering != observed:
                yield (*observed[:1], *entering[1:])
    if len(observed) > 1 and None not in observed[1:]:
        pairs = _pairs(fault)
        few = FEW if len(graph.nodes) > WIDE else LIMIT
        yield from _resized(observed, [_pool(size, pairs)[:few] for size in observed[1:]])


def _of_weight(fault: Fault, observed: Shape) -> Iterator[Shape]:
    """A weight, or numbers, with one size of what it meets, or of what should come out; the first axis is no batch."""
    refused = fault.graph.refused
    meeting = () if refused is None else fault.graph.inputs_of(refused)
    sizes = [size for shape in meeting if shape != observed for size in shape if size is not None]
    sizes += [size for pair in _pairs(fault) for size in pair]
    if observed != observed[::-1]:
        yield observed[::-1]
    for axis, now in enumerate(observed):
        for size in sorted(dict.fromkeys(sizes), key=lambda size: size == 1):
            if size != now:
                yield (*observed[:axis], size, *observed[axis + 1 :])


def _resized(observed: Shape, pools: list[list[int]]) -> Iterable[Shape]:
    """All spatial axes changed alike, then each on its own, then one axis alone; `pools` hold sizes for each axis."""
    spatial = range(len(pools) - 1)
    if len(pools) > 1:
        for sizes in zip(*(pools[axis] for axis in spatial), strict=False):
            yield (observed[0], *sizes, observed[-1])
        if len(pools) > 2 and len(set(observed[1:-1])) > 1:
            for sizes in list(product(*(pools[axis][:6] for axis in spatial)))[:LIMIT]:
                yield (observed[0], *sizes, observed[-1])
    for axis, pool in enumerate(pools, start=1):
        for size in pool:
            yield (*observed[:axis], size, *observed[axis + 1 :])


def _filled(pattern: tuple[int | None, ...], observed: Shape) -> Shape:
    if len(pattern) != len(observed):
        return (observed[0] if observed else None, *pattern[1:])
    return tuple(o if p is None else p for p, o in zip(pattern, observed, strict=True))


def _pairs(fault: Fault) -> list[tuple[int, int]]:
    """(expected, observed) of each axis that disagrees, and of the sizes that clash at the call that Keras refused."""
    graph = fault.graph
    pairs: list[tuple[int, int]] = []
    for constraint in fault.outputs:
        shape = graph.shapes.get(constraint.values[0]) if constraint.values else None
        for required in fault.constraints.required_shapes(constraint):
            if shape is not None and len(required) == len(shape) and not shapes_agree(shape, required):
                pairs += _differing(required, shape)
    if graph.refused is not None:
        pairs += _clashing(graph, graph.refused)
    return list(dict.fromkeys(pairs))


def _clashing(graph: Graph, refused: Node) -> Iterator[tuple[int, int]]:
    inputs = graph.inputs_of(refused)
    yield from _totals(refused.config.get("target_shape"), inputs[0] if inputs else ())
    for one, other in pairwise(inputs):
        clash = _differing(one, other)
        yield from clash
        yield from ((b, a) for a, b in clash)


def _differing(some: Shape, others: Shape) -> list[tuple[int, int]]:
    return [(a, b) for a, b in zip(some, others, strict=False) if a and b and a != b]


def _totals(target: object, shape: Shape) -> list[tuple[int, int]]:
    """(needed, given) elements where a Reshape was refused."""
    if (
        not isinstance(target, list | tuple)
        or not all(isinstance(d, int) and d > 0 for d in target)
        or None in shape[1:]
    ):
        return []
    return [(prod(target), prod(d for d in shape[1:] if d is not None))]


def _pool(size: int | None, pairs: list[tuple[int, int]]) -> list[int]:
    """Sizes worth trying in place of `size`."""
    if size is None:
        return []
    sizes: list[int] = []
    for expected, observed in pairs:
        difference = expected - observed
        sizes += [expected, size + difference, size * expected // observed, -(-size * expected // observed)]
        sizes += [size + difference * factor for factor in FACTORS] + [expected * factor for factor in FACTORS]
        sizes += [expected // 2, -(-expected // 2)]
    sizes += [size + step for step in NEAR] + [size * 2, size // 2, size * 3]
    return [s for s in dict.fromkeys(sizes) if s > 0 and s != size][:LIMIT]
