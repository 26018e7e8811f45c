"""Whether it says anything for a repair that the network fits with it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from shapeguard.layers import traits_of

if TYPE_CHECKING:
    from shapeguard.diagnosis.evaluated import Evaluated
    from shapeguard.diagnosis.graph import Graph, Node


def proves_nothing(evaluated: Evaluated, graph: Graph) -> bool:
    """Whether the edit always makes such a call fit, so that its fitting is no evidence.

    Ragged tensors join along the axis on which they differ, any number of elements fills some other target, and some
    size of the input goes through any network.
    """
    repair = evaluated.repair
    is_of_input = repair.argument == "shape" and bool(repair.nodes) and graph.nodes[repair.nodes[0]].is_input
    if graph.refused is not None and (is_of_input or repair.kind == "data"):
        return _is_resized(evaluated, graph)
    if graph.refused is None or repair.nodes != (graph.refused_call,):
        return False
    node = graph.refused
    always = repair.argument in traits_of(node.call.layer_type).always_fits
    return always and not (repair.argument == "axis" and joins_channels(graph, node, repair.suggestion))


def _is_resized(evaluated: Evaluated, graph: Graph) -> bool:
    """Whether the axes of an input stay what they are and only their sizes become others."""
    return any(
        len(shape) == len(graph.shapes[value]) and Counter(shape) != Counter(graph.shapes[value])
        for value, shape in evaluated.patch.values.items()
    )


def joins_channels(graph: Graph, node: Node, axis: object) -> bool:
    """Whether an axis is that of the channels of what enters the node, as the last layers before it say."""
    shapes = graph.inputs_of(node)
    if not isinstance(axis, int) or not shapes or not -len(shapes[0]) <= axis < len(shapes[0]):
        return False
    orders = {_order(graph, value) for value in node.inputs} - {None}
    channels = {"channels_first": 1, "channels_last": len(shapes[0]) - 1}
    return len(shapes[0]) > 3 and len(orders) == 1 and channels.get(orders.pop() or "") == axis % len(shapes[0])


def _order(graph: Graph, value: int) -> str | None:
    """The `data_format` of the nearest layer that has one, on the way to a value."""
    while value in graph.producer:
        node = graph.nodes[graph.producer[value]]
        if "data_format" in node.config:
            return str(node.config["data_format"])
        if not node.inputs:
            return None
        value = node.inputs[0]
    return None
