"""What a layer that refuses the rank of its input may lack: the same numbers in other axes, by a Reshape."""

from __future__ import annotations

from math import isqrt, prod
from typing import TYPE_CHECKING

from shapeguard.diagnosis.insertion_points import insertion
from shapeguard.diagnosis.layer_specs import from_config, spec_of
from shapeguard.diagnosis.repairs import Replace
from shapeguard.diagnosis.scoring import costs
from shapeguard.layers import Role, classes_for, role_of, rule_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.diagnosis.layer_specs import LayerSpec
    from shapeguard.diagnosis.repairs import Insert
    from shapeguard.records.network import Shape

    Costed = tuple[LayerSpec, float]

LEAST_CHANNELS = 4
USUAL_SIDE = 7
"""Of the first map of a generator: 28 pixels, halved twice."""
MUCH_LARGER = 8
"""How many times larger than a code the map is that is made of it."""
Sizes = tuple[int, ...]


def propose_reshapes(fault: Fault) -> Iterator[Insert | Replace]:
    """Other axes for what enters the refused call, and for what a Flatten before it gives."""
    graph, node = fault.graph, fault.graph.refused
    if node is None or node.is_input or len(node.inputs) != 1:
        return
    maker, sizes = graph.nodes.get(graph.producer.get(node.inputs[0], -1)), _known(graph.inputs_of(node)[0])
    for layer, cost in _layers_before(graph, node, sizes) if sizes is not None else ():
        yield insertion(((node, 0),), layer, cost)
    for layer, cost in (*_readers(fault, node, sizes), *_repeaters(graph, node, maker)):
        yield insertion(((node, 0),), layer, cost)
    if maker is not None and role_of(maker.call.layer_type) is Role.FLATTEN:
        for layer, cost in _by_rank(_known(graph.inputs_of(maker)[0]) or ()):
            yield Replace(maker.index, layer, cost)


def _layers_before(graph: Graph, node: Node, sizes: Sizes) -> Iterator[Costed]:
    """The same numbers in the axes that the node takes, or the Dense that makes the first map of a generator."""
    source = graph.source_of(node.inputs[0])
    made_by = None if source is None else role_of(source.call.layer_type)
    yield from _by_rank(sizes)
    if len(sizes) != 1:
        return
    if made_by is Role.DENSE:
        yield from _maps(sizes[0])
    units = prod(size for size in node.config.get("target_shape", (0,)) if size > 0)
    if "target_shape" in node.config and made_by is Role.INPUT:
        yield spec_of(Role.DENSE, ("units", units)), costs.FROM_NOISE
    if "target_shape" in node.config and made_by is Role.DENSE and sizes[0] * MUCH_LARGER <= units:
        yield spec_of(Role.DENSE, ("units", units)), costs.FROM_CODE


def _readers(fault: Fault, node: Node, sizes: Sizes | None) -> Iterator[Costed]:
    """What an encoder lacks before a RepeatVector: the layer that reads to the end."""
    if role_of(node.call.layer_type) is not Role.REPEAT or sizes is None or len(sizes) != 2:
        return
    firsts = [fault.groups.by_class[name][0] for name in classes_for(Role.RECURRENT) if name in fault.groups.by_class]
    for other in (fault.graph.nodes[index] for index in firsts):
        rule = rule_for(type(other.call.operation))
        config = {**other.config, "return_sequences": False, "return_state": False}
        layer = None if rule is None else from_config(rule, config)
        if layer is not None:
            yield layer, costs.READS


def _repeaters(graph: Graph, node: Node, maker: Node | None) -> Iterator[Costed]:
    """What a decoder lacks: the layer that repeats what was read."""
    roles = {role_of(each.call.layer_type) for each in (node, maker) if each is not None}
    steps = graph.inputs_of(maker)[0][1] if maker is not None and roles == {Role.RECURRENT} else None
    if steps is not None:
        decodes = bool(node.config.get("return_sequences"))
        cost = costs.REPEATS_FOR_DECODER if decodes else costs.REPEATS
        yield spec_of(Role.REPEAT, ("n", steps)), cost


def _known(shape: Shape) -> Sizes | None:
    sizes = tuple(size for size in shape[1:] if size is not None)
    return sizes if len(sizes) == len(shape) - 1 else None


def _by_rank(sizes: Sizes) -> Iterator[Costed]:
    """Steps of pictures as steps of features, rows of a picture as steps, a sequence as a picture of one channel."""
    match sizes:
        case (_, _, _, _):
            yield spec_of(Role.EACH_STEP, ("layer", spec_of(Role.FLATTEN))), costs.EACH_STEP
        case (rows, columns, channels):
            yield _reshape(rows, columns * channels), costs.ROWS_AS_STEPS
        case (steps, features):
            yield _reshape(steps, features, 1), costs.ONE_CHANNEL


def _maps(units: int) -> Iterator[Costed]:
    """The square map with the most channels that are still fewer than its pixels, of this many numbers."""
    for side in range(2, isqrt(units) + 1):
        channels, rest = divmod(units, side * side)
        if not rest and channels >= LEAST_CHANNELS:
            yield _reshape(side, side, channels), costs.AS_MAP + costs.MAP_SIDE * abs(side - USUAL_SIDE)


def _reshape(*target: int) -> LayerSpec:
    return spec_of(Role.RESHAPE, ("target_shape", target))
