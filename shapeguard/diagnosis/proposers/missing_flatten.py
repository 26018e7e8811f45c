"""Where a grid should end: a Flatten or a global pooling that is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.insertion_points import cost_of_ways, insertion, ways_of_grids
from shapeguard.diagnosis.layer_specs import spec_of
from shapeguard.diagnosis.scoring import costs
from shapeguard.layers import Role, role_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.diagnosis.insertion_points import Ways
    from shapeguard.diagnosis.repairs import Insert

POOLED = (3, 4, 5)
"""Ranks of tensors for which there is a global pooling."""


def propose_flattening(fault: Fault) -> Iterator[Insert]:
    """A Flatten or a global pooling before a suspect; on one of several ways only if it makes the ranks equal."""
    for ways in ways_of_grids(fault.graph, fault.suspects):
        yield from _flattening(fault.graph, ways)


def _flattening(graph: Graph, ways: Ways) -> Iterator[Insert]:
    node, slot = ways[0]
    shape = graph.inputs_of(node)[slot]
    others = [other for place, other in enumerate(graph.inputs_of(node)) if place != slot and len(ways) == 1]
    evens = bool(others) and all(len(other) == 2 < len(shape) for other in others)
    if others and not evens:
        return
    yield insertion(ways, spec_of(Role.FLATTEN), _cost(graph, node) + cost_of_ways(ways))
    if len(shape) in POOLED:
        does_for_both = evens and any(other[-1] == shape[-1] for other in others)
        cost = costs.EVENS_OUT if does_for_both else _cost(graph, node) + costs.POOLING_FOR_FLATTEN
        yield insertion(ways, spec_of(Role.GLOBAL_POOLING, axes=len(shape) - 2), cost + cost_of_ways(ways))


def _cost(graph: Graph, node: Node) -> float:
    """People forget it where the grid ends: before the first Dense, not between two of them, nor behind a sequence."""
    if not _is_dense(node) or _ends_sequence(graph, node) or set(graph.inputs_of(node)[0][1:-1]) == {1}:
        return costs.INSERT_ELSEWHERE
    maker = graph.producer.get(node.inputs[0])
    return costs.INSERT_LATER if maker is not None and _is_dense(graph.nodes[maker]) else costs.INSERT_FLATTEN


def _ends_sequence(graph: Graph, node: Node) -> bool:
    """Whether what enters the node comes from a recurrent layer, behind layers that keep the shape."""
    maker = graph.source_of(node.inputs[0])
    if maker is None or maker.rule is None:
        return False
    wrapped = maker.config.get("layer")
    names = getattr(maker.rule, "arguments", ())
    return "return_sequences" in names or (
        isinstance(wrapped, dict) and "return_sequences" in wrapped.get("config", {})
    )


def _is_dense(node: Node) -> bool:
    return role_of(node.call.layer_type) is Role.DENSE
