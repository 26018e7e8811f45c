"""Where a layer may be put into a network: on ways into a node, or behind it if its ways part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.keras_fallback import OperationRule
from shapeguard.diagnosis.masked_calls import MaskedRule
from shapeguard.diagnosis.repairs import Insert
from shapeguard.diagnosis.scoring import costs
from shapeguard.layers import Role, role_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.diagnosis.layer_specs import LayerSpec

    Way = tuple[Node, int]
    Ways = tuple[Way, ...]

SLOTS = 4
ENDS_OF_GRIDS = {Role.FLATTEN, Role.GLOBAL_POOLING}


def insertion_points(graph: Graph, node: Node) -> Iterator[Ways]:
    """Where a layer may stand beside a node: on each of the first ways into it, and behind it where its ways part."""
    is_layer = not isinstance(node.rule, OperationRule)
    if not node.is_input and (is_layer or node is graph.refused):
        entering = min(SLOTS, len(graph.inputs_of(node)))  # in some scenarios fewer tensors than were seen
        yield from (((node, slot),) for slot in range(entering) if not _is_mask(node, slot))
    for value in node.outputs:
        ways = ways_behind(graph, value)
        if len(ways) > 1:
            yield ways


def ways_behind(graph: Graph, value: int) -> Ways:
    """All ways that a value goes, for a layer in front of all of them; none where a function takes it."""
    users = [graph.nodes[index] for index in sorted(set(graph.consumers.get(value, ())))]
    if any(isinstance(user.rule, OperationRule) for user in users):
        return ()
    ways = tuple((user, user.inputs.index(value)) for user in users)
    return () if any(_is_mask(*way) for way in ways) else ways


def _is_mask(node: Node, slot: int) -> bool:
    return isinstance(node.rule, MaskedRule) and slot in node.rule.slots


def insertion(ways: Ways, layer: LayerSpec, cost: float) -> Insert:
    """A layer on these ways, each a node and the number of the input that it is put before."""
    return Insert(tuple(node.index for node, _ in ways), tuple(slot for _, slot in ways), layer, cost)


def ways_of_grids(graph: Graph, nodes: Iterable[Node]) -> Iterator[Ways]:
    """The insertion points at which a tensor with axes to take away enters a layer that keeps them."""
    for node in nodes:
        for ways in insertion_points(graph, node):
            taker, slot = ways[0]
            if len(graph.inputs_of(taker)[slot]) > 2 and role_of(taker.call.layer_type) not in ENDS_OF_GRIDS:
                yield ways


def cost_of_ways(ways: Ways) -> float:
    """How far-fetched it is that a layer is missing on several ways at once."""
    if len(ways) == 1:
        return 0
    return costs.ALL_ALIKE if len({node.call.layer_type for node, _ in ways}) == 1 else costs.ALL_WAYS
