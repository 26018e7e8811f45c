"""Faults of structure: a layer that is missing, one too many, or of the wrong class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.insertion_points import insertion, insertion_points
from shapeguard.diagnosis.keras_fallback import OperationRule
from shapeguard.diagnosis.layer_specs import LayerSpec, from_config, spec_of
from shapeguard.diagnosis.repairs import Remove, Replace
from shapeguard.diagnosis.scoring import costs
from shapeguard.layers import Role, arguments_with, classes_for, classes_with, role_of, rule_for, traits_of
from shapeguard.layers.traits import POOLINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.diagnosis.insertion_points import Ways
    from shapeguard.diagnosis.repairs import Insert

NEAREST = 24
"""Layers around the fault before which sized layers are tried."""
LIKE = 4
MERGES = {Role.SUM, Role.JOIN}
"""What else a refused call is replaced by: for other refusals some other class always fits."""
CONVOLUTIONS = {Role.CONVOLUTION, Role.TRANSPOSED}
WITHOUT_GRID = {Role.FLATTEN, Role.GLOBAL_POOLING}
SHARED = ("filters", "kernel_size", "strides", "padding")


def propose_insertions(fault: Fault) -> Iterator[Insert]:
    """Layers that may be missing before a suspect."""
    for place, node in enumerate(fault.suspects):
        for ways in insertion_points(fault.graph, node):
            if _may_lack_something(fault.graph, *ways[0]):
                yield from _insertions(fault, ways, near=place < NEAREST)


def propose_removals(fault: Fault) -> Iterator[Remove]:
    """Layers of which nothing is expected, left out."""
    graph = fault.graph
    expected = {constraint.call for constraint in fault.constraints.all if constraint.target is not None}
    for node in _layers(fault):
        if node.index not in expected and node.index != graph.crashed and len(node.inputs) == len(node.outputs) == 1:
            yield _removal(graph, node, alone=len(expected) + 2 >= len(graph.nodes))


def propose_replacements(fault: Fault) -> Iterator[Replace]:
    """Layers of another class in the place of a suspect."""
    for node in _layers(fault):
        if len(node.outputs) == 1 or (node.index == fault.graph.crashed and role_of(node.call.layer_type) in MERGES):
            yield from _replacements(fault, node)


def _layers(fault: Fault) -> list[Node]:
    return [n for n in fault.suspects if n.inputs and not n.is_input and not isinstance(n.rule, OperationRule)]


def _may_lack_something(graph: Graph, node: Node, slot: int) -> bool:
    return len(graph.inputs_of(node)[slot]) > 2 and role_of(node.call.layer_type) not in WITHOUT_GRID


def _insertions(fault: Fault, ways: Ways, *, near: bool) -> Iterator[Insert]:
    """What may be missing before a node; on one of several ways into it that is what makes the ranks equal."""
    graph, (node, slot) = fault.graph, ways[0]
    shape = graph.inputs_of(node)[slot]
    others = [other for place, other in enumerate(graph.inputs_of(node)) if place != slot and len(ways) == 1]
    evens = bool(others) and all(len(other) == 2 < len(shape) for other in others)
    joins = not others or evens
    alike = len({each.call.layer_type for each, _ in ways}) == 1
    whole = 0 if len(ways) == 1 else costs.ALL_ALIKE if alike else costs.ALL_WAYS
    if joins:
        yield insertion(ways, spec_of(Role.FLATTEN), _flatten_cost(graph, node) + whole)
    if len(shape) in (3, 4, 5) and joins:
        cost = _flatten_cost(graph, node) + costs.POOLING_FOR_FLATTEN
        if evens and any(other[-1] == shape[-1] for other in others):
            cost = costs.EVENS_OUT
        yield insertion(ways, spec_of(Role.GLOBAL_POOLING, axes=len(shape) - 2), cost + whole)
    if len(shape) in (3, 4, 5) and near:
        yield from _sized_insertions(fault, ways, len(shape) - 2, whole)


def _sized_insertions(fault: Fault, ways: Ways, rank: int, whole: float) -> Iterator[Insert]:
    """A pooling or an enlarging that may be missing, like those that the network has."""
    graph, (node, slot) = fault.graph, ways[0]
    for name in classes_with("missing_with"):
        traits = traits_of(name)
        if traits.axes != rank:
            continue
        like = _like(fault, name)
        cost = (costs.INSERT_SIZED if like else costs.INSERT_UNUSED) + whole
        if role_of(node.call.layer_type) is traits.inverse or name in _makers_beside(graph, node, slot):
            cost += costs.POINTLESS
        if _stands_like(fault, ways, name):
            cost += costs.REGULAR
        for addition in like or [LayerSpec(name, traits.missing_with)]:
            yield insertion(ways, addition, cost)
    for addition in _like(fault, classes_for(Role.EACH_STEP)[0]) if rank > 1 else ():
        if isinstance(inner := dict(addition.arguments)["layer"], LayerSpec) and role_of(inner.name) in POOLINGS:
            yield insertion(ways, addition, costs.INSERT_SIZED + whole)


def _stands_like(fault: Fault, ways: Ways, name: str) -> bool:
    """Whether a layer of the class stands elsewhere between layers of the same classes."""
    graph, (node, slot) = fault.graph, ways[0]
    here = graph.producer.get(node.inputs[slot]), node.index
    others = (graph.nodes[index] for index in fault.groups.by_class.get(name, ())[:NEAREST] if index != graph.crashed)
    places = ((graph.producer.get(o.inputs[0]), user) for o in others for user in graph.consumers.get(o.outputs[0], ()))
    return _classes(graph, here) in (_classes(graph, place) for place in places)


def _classes(graph: Graph, place: tuple[int | None, int]) -> tuple[str, str]:
    before, after = place
    return "" if before is None else graph.nodes[before].call.layer_type, graph.nodes[after].call.layer_type


def _makers_beside(graph: Graph, node: Node, slot: int) -> set[str]:
    """The classes from which the other ways into a merge come: one layer behind it would do for both."""
    others = [value for place, value in enumerate(node.inputs) if place != slot and value in graph.producer]
    return {graph.nodes[graph.producer[value]].call.layer_type for value in others}


def _replacements(fault: Fault, node: Node) -> Iterator[Replace]:
    """Layers of a class that people take for this one, with the arguments that both have."""
    graph = fault.graph
    rank = len(graph.inputs_of(node)[0]) - 2
    traits = traits_of(node.call.layer_type)
    if traits.axes not in {None, rank} or (traits.shrinks and graph.crashed is not None):
        return
    for role in traits.confused_with:
        name = next(iter(classes_for(role, rank)), None)
        convolves = role in CONVOLUTIONS
        shared = {key: node.config[key] for key in SHARED if convolves and key in node.config}
        shown = tuple(pair for pair in shared.items() if pair != ("padding", "valid"))
        if name is None or (convolves and ("filters" not in shared or shared.get("padding") not in ("valid", "same"))):
            continue
        before_window = traits.role is Role.GLOBAL_POOLING and _feeds_window(graph, node)
        like = [] if shared else _like(fault, name)
        for addition in like or [LayerSpec(name, shown)]:
            cost = costs.REPLACE_BEFORE_WINDOW if before_window else costs.REPLACE
            yield Replace(node.index, addition, cost + (costs.ALWAYS_FITS if node.index == graph.crashed else 0))


def _like(fault: Fault, name: str) -> list[LayerSpec]:
    """Layers as the network has them of this class, a few."""
    nodes = [fault.graph.nodes[index] for index in fault.groups.by_class.get(name, ())[:NEAREST]]
    rules = [(node, rule_for(type(node.call.operation), node.config)) for node in nodes if node.config]
    made = [from_config(rule, node.config) for node, rule in rules if rule is not None]
    return [addition for addition in dict.fromkeys(made) if addition is not None][:LIKE]


def _is_dense(node: Node) -> bool:
    return role_of(node.call.layer_type) is Role.DENSE


def _flatten_cost(graph: Graph, node: Node) -> float:
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
    elif graph.crashed is not None and len(graph.outputs_of(node)[0]) < len(shape):
        cost = min(cost, costs.REMOVE_TOO_EARLY)
    return Remove(node.index, value, shape, cost)
