"""A pooling or an enlarging that is missing: its sizes are a guess, like those that the network has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.insertion_points import cost_of_ways, insertion, ways_of_grids
from shapeguard.diagnosis.layer_specs import LayerSpec
from shapeguard.diagnosis.proposers.network_specs import specs_of_class
from shapeguard.diagnosis.scoring import costs
from shapeguard.layers import Role, classes_for, classes_with, role_of, traits_of
from shapeguard.layers.traits import POOLINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.diagnosis.insertion_points import Ways
    from shapeguard.diagnosis.repairs import Insert

NEAREST = 24
"""Nodes around the fault before which such layers are tried, and layers that are compared."""
POOLED = (1, 2, 3)
"""Numbers of spatial axes for which there is a pooling."""


def propose_sized_layers(fault: Fault) -> Iterator[Insert]:
    """Such a layer before one of the nearest suspects."""
    for ways in ways_of_grids(fault.graph, fault.suspects[:NEAREST]):
        node, slot = ways[0]
        axes = len(fault.graph.inputs_of(node)[slot]) - 2
        if axes in POOLED:
            yield from _sized(fault, ways, axes)
        if axes in POOLED[1:]:
            yield from _pooled_steps(fault, ways)


def _sized(fault: Fault, ways: Ways, axes: int) -> Iterator[Insert]:
    for name in classes_with("missing_with"):
        traits = traits_of(name)
        if traits.axes == axes:
            like = specs_of_class(fault, name)
            cost = costs.INSERT_SIZED if like else costs.INSERT_UNUSED
            for spec in like or [LayerSpec(name, traits.missing_with)]:
                yield insertion(ways, spec, _cost(fault, ways, name, cost + cost_of_ways(ways)))


def _pooled_steps(fault: Fault, ways: Ways) -> Iterator[Insert]:
    """A pooling of each step, as the network has them."""
    for spec in specs_of_class(fault, classes_for(Role.EACH_STEP)[0]):
        inner = dict(spec.arguments)["layer"]
        if isinstance(inner, LayerSpec) and role_of(inner.name) in POOLINGS:
            yield insertion(ways, spec, costs.INSERT_SIZED + cost_of_ways(ways))


def _cost(fault: Fault, ways: Ways, name: str, cost: float) -> float:
    """The cost, with what the layers around such a layer say for it or against it."""
    graph, (node, slot) = fault.graph, ways[0]
    if role_of(node.call.layer_type) is traits_of(name).inverse or name in _makers_beside(graph, node, slot):
        cost += costs.POINTLESS
    return cost + costs.REGULAR if _stands_like(fault, ways, name) else cost


def _stands_like(fault: Fault, ways: Ways, name: str) -> bool:
    """Whether the network elsewhere has a layer of the class between layers of the same classes."""
    graph, (node, slot) = fault.graph, ways[0]
    here = graph.producer.get(node.inputs[slot]), node.index
    of_class = (graph.nodes[index] for index in fault.groups.by_class.get(name, ())[:NEAREST])
    others = (each for each in of_class if each is not graph.refused)
    places = ((graph.producer.get(o.inputs[0]), user) for o in others for user in graph.consumers.get(o.outputs[0], ()))
    return _classes(graph, here) in (_classes(graph, place) for place in places)


def _classes(graph: Graph, place: tuple[int | None, int]) -> tuple[str, str]:
    before, after = place
    return "" if before is None else graph.nodes[before].call.layer_type, graph.nodes[after].call.layer_type


def _makers_beside(graph: Graph, node: Node, slot: int) -> set[str]:
    """The classes from which the other ways into a merge come: one layer behind it would do for both."""
    others = [value for place, value in enumerate(node.inputs) if place != slot and value in graph.producer]
    return {graph.nodes[graph.producer[value]].call.layer_type for value in others}
