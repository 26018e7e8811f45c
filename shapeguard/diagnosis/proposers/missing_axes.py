"""An axis that one tensor of an operation lacks beside the others, as a mask beside scores: `mask[..., None]`."""

from __future__ import annotations

from itertools import product, zip_longest
from typing import TYPE_CHECKING

from shapeguard.diagnosis.axis_repairs import IndexInput
from shapeguard.diagnosis.keras_fallback import OperationRule
from shapeguard.diagnosis.masked_calls import MaskedRule
from shapeguard.diagnosis.scoring import call_costs as costs
from shapeguard.layers import Refusal
from shapeguard.layers.operations import is_elementwise, widens_codes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.records.network import Shape

FLATTENED = 3
"""The rank of one vector for each sample with an axis too many."""
NODES = 8
"""Operations before the fault that are looked at, the nearest first."""


def propose_missing_axes(fault: Fault) -> Iterator[IndexInput]:
    """An axis more for a tensor of fewer axes than another one beside it, or an axis of one less for that."""
    graph = fault.graph
    for node in fault.suspects:
        if isinstance(node.rule, MaskedRule):
            yield from axes_of_masks(graph, node, node.rule)
    functions = [node for node in fault.suspects if type(node.rule) is OperationRule and node.call.construction]
    for node in functions[:NODES]:
        shapes = graph.inputs_of(node)
        if widens_codes(node.call.layer_type):
            yield from _of_columns(graph, node, shapes)
        for slot, other in _unequal(graph, node, shapes):
            beside = shapes[other] if len(shapes[other]) > len(shapes[slot]) else (None, *shapes[other])
            yield from _added(graph, node, slot, beside)
            if not graph.is_of_weights(node.inputs[other]):
                yield from _dropped(graph, node, other, shapes[slot])


def axes_of_masks(graph: Graph, node: Node, rule: MaskedRule) -> Iterator[IndexInput]:
    """The axis of the queries for a mask of the values, or an axis of one less, where a refused mask is taken then.

    A mask of the queries would fit with an axis behind, and nobody means that: it leaves nothing out.
    """
    shapes, calls = graph.inputs_of(node), tuple(graph.same_layer[node.call.identity])
    for slot in rule.slots:
        shape, name = shapes[slot], name_of_input(graph, node, slot)
        if rule.refused(node.config, shapes, slot) is None:
            continue
        places = [(1, True)] if len(shape) == 2 else [(axis, False) for axis, size in enumerate(shape) if size == 1]
        for axis, adds in places:
            repair = IndexInput(calls, slot, axis, len(shape), name, costs.AXIS_MISSING, adds=adds)
            changed = repair.entering(shapes)
            if axis and not isinstance(changed, Refusal) and rule.refused(node.config, changed, slot) is None:
                yield repair


def _added(graph: Graph, node: Node, slot: int, beside: Shape) -> Iterator[IndexInput]:
    """An axis of one for a tensor, at each place."""
    shape, name = graph.inputs_of(node)[slot], name_of_input(graph, node, slot)
    for axis in range(1, len(shape) + 1):
        cost = _cost((*shape[:axis], 1, *shape[axis:]), beside) + (costs.UNUSUAL_AXIS if _is_join(node) else 0)
        cost += costs.LAST_STRETCHED if axis == len(shape) and shape[-1:] == beside[-1:] else 0
        yield IndexInput(tuple(graph.same_layer[node.call.identity]), slot, axis, len(shape), name, cost)


def _dropped(graph: Graph, node: Node, slot: int, beside: Shape) -> Iterator[IndexInput]:
    """A tensor without an axis of one; before a join a Flatten takes that off."""
    shape, name = graph.inputs_of(node)[slot], name_of_input(graph, node, slot)
    axes = [axis for axis, size in enumerate(shape) if axis and size == 1]
    for axis in axes if not _is_join(node) or len(shape) > FLATTENED else ():
        cost = _cost((*shape[:axis], *shape[axis + 1 :]), beside) + (0 if _is_join(node) else costs.UNUSUAL_AXIS)
        yield IndexInput(tuple(graph.same_layer[node.call.identity]), slot, axis, len(shape), name, cost, adds=False)


def _of_columns(graph: Graph, node: Node, shapes: tuple[Shape, ...]) -> Iterator[IndexInput]:
    """A column of codes without its axis of one, where a vector is made of each code."""
    calls = tuple(graph.same_layer[node.call.identity])
    for slot, shape in enumerate(shapes):
        if len(shape) > 1 and shape[-1] == 1:
            name = name_of_input(graph, node, slot)
            yield IndexInput(calls, slot, len(shape) - 1, len(shape), name, costs.AXIS_MISSING, adds=False)


def _is_join(node: Node) -> bool:
    return "axis" in node.config


def _unequal(graph: Graph, node: Node, shapes: tuple[Shape, ...]) -> list[tuple[int, int]]:
    """(the one with fewer axes, the other) of the tensors whose ranks differ by one and which hold samples.

    To a weight, which holds none, an element-wise operation would give the axis of the samples, if there is none yet.
    """
    weights = [slot for slot in range(len(shapes)) if graph.is_of_weights(node.inputs[slot])]
    slots = [slot for slot, shape in enumerate(shapes) if slot not in weights and _holds_samples(graph, shape)]
    pairs = [(slot, other, 1) for slot, other in product(slots, slots)]
    if is_elementwise(node.call.layer_type):
        pairs += [(slot, other, 0) for slot, other in product(slots, _without_samples(weights, shapes))]
    return [(slot, other) for slot, other, more in pairs if len(shapes[other]) == len(shapes[slot]) + more]


def _without_samples(weights: list[int], shapes: tuple[Shape, ...]) -> list[int]:
    """The weights that have no axis of one for the samples."""
    return [slot for slot in weights if shapes[slot][:1] != (1,)]


def _holds_samples(graph: Graph, shape: Shape) -> bool:
    """Whether a tensor has the batch that comes in on its first axis, and others behind."""
    return len(shape) > 1 and shape[:1] in {graph.shapes[value][:1] for value in graph.network.inputs}


def name_of_input(graph: Graph, node: Node, slot: int) -> str:
    """What the tensor is called where no source tells: by the layer that makes it."""
    maker = graph.nodes.get(graph.producer.get(node.inputs[slot], -1))
    return "x" if maker is None else str(maker.call.layer)


def _cost(one: Shape, other: Shape) -> float:
    """The more axes of two tensors have sizes that are not the same, the less they belong together."""
    cost: float = costs.AXIS_MISSING
    for a, b in zip_longest(one[1:], other[1:]):
        cost += costs.STRETCHED if a != b else 0
    return cost
