"""A layer that is one too many, or of the wrong class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.keras_fallback import OperationRule
from shapeguard.diagnosis.layer_specs import LayerSpec
from shapeguard.diagnosis.proposers.network_specs import specs_of_class
from shapeguard.diagnosis.repairs import Remove, Replace
from shapeguard.diagnosis.scoring import costs
from shapeguard.layers import Role, arguments_with, classes_for, role_of, traits_of
from shapeguard.layers.operations import pooling_like

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Graph, Node

MERGES = {Role.SUM, Role.JOIN}
"""What else a refused call is replaced by: for other refusals some other class always fits."""
CONVOLUTIONS = {Role.CONVOLUTION, Role.TRANSPOSED}
SHARED = ("filters", "kernel_size", "strides", "padding")


def propose_removals(fault: Fault) -> Iterator[Remove]:
    """Layers of which nothing is expected, left out."""
    graph = fault.graph
    expected = {constraint.call for constraint in fault.constraints.all if constraint.target is not None}
    for node in _layers(fault):
        is_alone = len(node.inputs) == len(node.outputs) == 1
        if node.index not in expected and node is not graph.refused and is_alone and not _reads_codes(node):
            yield _removal(graph, node, alone=len(expected) + 2 >= len(graph.nodes))


def propose_replacements(fault: Fault) -> Iterator[Replace]:
    """Layers of another class in the place of a suspect, and of operations that merge, as `x + y`, or pool."""
    for node in (*_layers(fault), *_merges(fault), *_poolings(fault)):
        if len(node.outputs) == 1 or (node is fault.graph.refused and role_of(node.call.layer_type) in MERGES):
            yield from _replacements(fault, node)


def _layers(fault: Fault) -> list[Node]:
    return [n for n in fault.suspects if n.inputs and not n.is_input and not isinstance(n.rule, OperationRule)]


def _merges(fault: Fault) -> list[Node]:
    """The operations that add tensors or join them, and no weight among their tensors."""
    graph = fault.graph
    return [
        node
        for node in _operations(fault)
        if role_of(node.call.layer_type) in MERGES and len(node.inputs) > 1 and not graph.meets_weight(node)
    ]


def _poolings(fault: Fault) -> list[Node]:
    """The operations that reduce a whole map, as a global pooling does."""
    return [node for node in _operations(fault) if _class_of(fault.graph, node) != node.call.layer_type]


def _operations(fault: Fault) -> list[Node]:
    """The operations on which everything depends, each called once."""
    graph = fault.graph
    return [
        node
        for node in fault.suspects
        if type(node.rule) is OperationRule and len(graph.same_layer[node.call.identity]) == 1
    ]


def _class_of(graph: Graph, node: Node) -> str:
    """The class of a layer, or of the one that does what an operation does."""
    shapes = graph.inputs_of(node) if isinstance(node.rule, OperationRule) else ()
    like = pooling_like(node.call.layer_type, node.config, len(shapes[0])) if len(shapes) == 1 else None
    return like or node.call.layer_type


def _replacements(fault: Fault, node: Node) -> Iterator[Replace]:
    """Layers of a class that people take for this one, with the arguments that both have."""
    graph, traits = fault.graph, traits_of(_class_of(fault.graph, node))
    axes = len(graph.inputs_of(node)[0]) - 2
    if traits.axes not in {None, axes} or (traits.shrinks and graph.refused is not None):
        return
    before_window = traits.role is Role.GLOBAL_POOLING and _feeds_window(graph, node)
    cost: float = costs.REPLACE_BEFORE_WINDOW if before_window else costs.REPLACE
    for role in traits.confused_with:
        for spec in _specs(fault, node, role, axes):
            yield Replace(node.index, spec, cost + (costs.ALWAYS_FITS if node is graph.refused else 0))


def _specs(fault: Fault, node: Node, role: Role, axes: int) -> list[LayerSpec]:
    """Layers that play this part: with the node's own arguments, else as the network has them."""
    name = next(iter(classes_for(role, axes)), None)
    if name is None:
        return []
    if role not in CONVOLUTIONS:
        return specs_of_class(fault, name) or [LayerSpec(name)]
    shared = {key: node.config[key] for key in SHARED if key in node.config}
    if "filters" not in shared or shared.get("padding") not in ("valid", "same"):
        return []
    return [LayerSpec(name, tuple(pair for pair in shared.items() if pair != ("padding", "valid")))]


def _reads_codes(node: Node) -> bool:
    """Whether the layer makes vectors of the codes that a model is given: without it these would pass for amounts."""
    return role_of(node.call.layer_type) is Role.EMBEDDING and all(maker.is_input for maker in node.makers)


def _feeds_window(graph: Graph, node: Node) -> bool:
    """Whether a window larger than one pixel slides over what the node gives: a single pixel is not what was meant."""
    consumers = [graph.nodes[index] for index in graph.consumers.get(node.outputs[0], ())]
    windows = [c.config.get("kernel_size") or c.config.get("pool_size") for c in consumers]
    return any(isinstance(window, list | tuple) and max(window) > 1 for window in windows)


def _removal(graph: Graph, node: Node, *, alone: bool) -> Remove:
    """`alone`: every other layer is spoken of, so that the one that is not has hardly been thought of."""
    value = node.outputs[0]
    shape = graph.inputs_of(node)[0]
    cost: float = costs.REMOVE_ALONE if alone else costs.REMOVE
    if any(name in node.config for name in arguments_with("counts")):
        cost += costs.LEARNS
    elif graph.refused is not None and len(graph.outputs_of(node)[0]) < len(shape):
        cost = min(cost, costs.REMOVE_TOO_EARLY)
    return Remove(node.index, value, shape, cost)
