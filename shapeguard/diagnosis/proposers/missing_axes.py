"""An axis that one tensor of an operation lacks beside the others, as a mask beside scores: `mask[..., None]`."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from shapeguard.diagnosis.axis_repairs import IndexInput
from shapeguard.diagnosis.keras_fallback import OperationRule
from shapeguard.diagnosis.scoring import costs
from shapeguard.keras_compat.own_weights import Weight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.records.network import Shape

FLATTENED = 3
"""The rank of one vector for each sample with an axis too many, which a Flatten takes off before a join."""
NODES = 8
"""Operations before the fault that are looked at, the nearest first."""


def propose_missing_axes(fault: Fault) -> Iterator[IndexInput]:
    """An axis more for a tensor of fewer axes than another one beside it, or an axis of one less for that."""
    graph = fault.graph
    functions = [node for node in fault.suspects if type(node.rule) is OperationRule and node.call.construction]
    for node in functions[:NODES]:
        shapes = graph.inputs_of(node)
        together = tuple(graph.same_layer[node.call.identity])
        is_join = "axis" in node.config
        for slot, other in _unequal(graph, node, shapes):
            fewer, more = shapes[slot], shapes[other]
            for axis in range(1, len(fewer) + 1):
                beside = (*fewer[:axis], 1, *fewer[axis:])
                cost = _cost(beside, more) + (costs.UNUSUAL_AXIS if is_join else 0)
                yield IndexInput(together, slot, axis, len(fewer), _name(graph, node, slot), cost)
            for axis, size in enumerate(more):
                if axis and size == 1 and not (is_join and len(more) == FLATTENED):
                    beside = (*more[:axis], *more[axis + 1 :])
                    cost = _cost(beside, fewer) + (0 if is_join else costs.UNUSUAL_AXIS)
                    yield IndexInput(together, other, axis, len(more), _name(graph, node, other), cost, adds=False)


def _unequal(graph: Graph, node: Node, shapes: tuple[Shape, ...]) -> Iterator[tuple[int, int]]:
    """(the one with fewer axes, the other) of the tensors whose ranks differ by one and which hold samples."""
    slots = [slot for slot in range(len(shapes)) if _holds_samples(graph, node, slot, shapes[slot])]
    for slot in slots:
        for other in slots:
            if len(shapes[other]) == len(shapes[slot]) + 1:
                yield slot, other


def _holds_samples(graph: Graph, node: Node, slot: int, shape: Shape) -> bool:
    """Whether a tensor has the batch on its first axis: it comes from the data, and no weight is made so."""
    maker = graph.nodes.get(graph.producer.get(node.inputs[slot], -1))
    batches = {graph.shapes[value][:1] for value in graph.network.inputs}
    return len(shape) > 1 and shape[:1] in batches and not (maker and isinstance(maker.call.operation, Weight))


def _name(graph: Graph, node: Node, slot: int) -> str:
    """What the tensor is called where no source tells: by the layer that makes it."""
    maker = graph.nodes.get(graph.producer.get(node.inputs[slot], -1))
    return "x" if maker is None else str(maker.call.layer)


def _cost(one: Shape, other: Shape) -> float:
    """The more axes of two tensors have sizes that are not the same, the less they belong together."""
    cost: float = costs.AXIS_MISSING
    for a, b in zip_longest(one[1:], other[1:]):
        cost += costs.STRETCHED if a != b else 0
    return cost
