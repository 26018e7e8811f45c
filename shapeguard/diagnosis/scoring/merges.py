"""Features of what meets in the call that Keras refused: ways that are added, and how wide each is."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from shapeguard.diagnosis.scoring import weights
from shapeguard.diagnosis.scoring.siblings import is_pointwise
from shapeguard.layers import Role, argument_traits, role_of

if TYPE_CHECKING:
    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.diagnosis.scoring.context import Context

SEVERAL = 3
"""From so many layers on a change is a habit and no slip."""


def widens_trunk(context: Context) -> float:
    """Whether the trunk would get another width rather than the branch that is added to it."""
    if context.refused is None or not argument_traits(context.repair.argument).counts:
        return 0
    producer = context.graph.producer
    makers = [producer[value] for value in context.refused.inputs if value in producer]
    ways = [context.graph.nodes[index].upstream for index in makers]
    return weights.TRUNK if len(ways) > 1 and all(set(context.repair.nodes) <= way for way in ways) else 0


def projects(context: Context) -> float:
    """Whether a convolution of single pixels changes that makes one way into a sum like the others."""
    merge, repair = context.refused, context.repair
    if merge is None or repair.argument not in {"strides", "filters"} or len(repair.nodes) != 1:
        return 0
    node, graph = context.node, context.graph
    if role_of(merge.call.layer_type) is not Role.SUM or not is_pointwise(node):
        return 0
    enters = graph.outputs_of(node)[0] in graph.inputs_of(merge)
    return weights.PROJECTION if enters and only_shape_preserving_between(graph, node, merge) else 0


def only_shape_preserving_between(graph: Graph, node: Node, merge: Node) -> bool:
    """Whether every layer between two nodes keeps the shape of what it takes."""
    return all(
        graph.inputs_of(each)[:1] == graph.outputs_of(each)[:1]
        for each in graph.between(node.index, merge.index)
        if each.index not in {node.index, merge.index}
    )


def matches_majority_width(context: Context) -> float:
    """Whether several layers become as wide as most ways into a sum are."""
    merge, repair = context.refused, context.repair
    if merge is None or not argument_traits(repair.argument).counts or len(repair.nodes) < SEVERAL:
        return 0
    widths = Counter(shape[-1] for shape in context.graph.inputs_of(merge) if shape)
    is_sum = role_of(merge.call.layer_type) is Role.SUM and len(widths) > 1
    return weights.MAJORITY_WIDTH if is_sum and repair.suggestion == widths.most_common(1)[0][0] else 0


def removes_all_downsampling(context: Context) -> float:
    """Whether several strides are undone at once, so that nothing makes the map smaller any more."""
    repair, graph, refused = context.repair, context.graph, context.refused
    if repair.argument != "strides" or len(repair.nodes) < SEVERAL or refused is None:
        return 0
    maps = graph.inputs_of(refused, context.scenario)[:1]
    pictures = [graph.shapes[value] for value in graph.network.inputs]
    return weights.NO_DOWNSAMPLING_LEFT if maps and any(maps[0][1:-1] == p[1:-1] for p in pictures) else 0
