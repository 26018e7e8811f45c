"""Where a layer may be put into a network: on ways into a node, or behind it if its ways part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.keras_fallback import OperationRule
from shapeguard.diagnosis.repairs import Insert

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.diagnosis.layer_specs import LayerSpec

    Way = tuple[Node, int]
    Ways = tuple[Way, ...]

SLOTS = 4


def insertion_points(graph: Graph, node: Node) -> Iterator[Ways]:
    """Where a layer may stand beside a node: on each of the first ways into it, and behind it where its ways part."""
    if not node.is_input and not isinstance(node.rule, OperationRule):
        entering = min(SLOTS, len(graph.inputs_of(node)))  # in some worlds fewer tensors than were seen
        for slot in range(entering):
            yield ((node, slot),)
    for value in node.outputs:
        ways = ways_behind(graph, value)
        if len(ways) > 1:
            yield ways


def ways_behind(graph: Graph, value: int) -> Ways:
    """All ways that a value goes, for a layer in front of all of them; none where a function takes it."""
    users = [graph.nodes[index] for index in sorted(set(graph.consumers.get(value, ())))]
    if any(isinstance(user.rule, OperationRule) for user in users):
        return ()
    return tuple((user, user.inputs.index(value)) for user in users)


def insertion(ways: Ways, layer: LayerSpec, cost: float) -> Insert:
    """A layer on these ways, each a node and the number of the input that it is put before."""
    return Insert(tuple(node.index for node, _ in ways), tuple(slot for _, slot in ways), layer, cost)
