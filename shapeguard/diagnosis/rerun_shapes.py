"""The shapes of a network that was run again, by the values of the network that was observed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.scenarios import Scenario, more_values

if TYPE_CHECKING:
    from shapeguard.diagnosis.graph import Graph
    from shapeguard.records.network import Network, Shape


def observed(graph: Graph, network: Network) -> Scenario:
    """A rerun network as a scenario of the graph: calls are found again by their operation and number."""
    rerun = {(call.identity, call.number): call for call in network.calls}
    shapes: dict[int, Shape] = {}
    removed: set[int] = set()
    for call in graph.network.calls:
        twin = rerun.get((call.identity, call.number))
        if twin is None:
            continue
        given = [network.values[value].shape for value in twin.outputs]
        shapes.update(zip(call.outputs, given, strict=False))
        shapes.update(more_values(call.index, len(call.outputs), given))
        removed.update(call.outputs[len(given) :])
    for value, twin_value in zip(graph.network.outputs, network.outputs, strict=False):
        shapes[value] = network.values[twin_value].shape
    return Scenario(shapes=shapes, removed_outputs=removed)
