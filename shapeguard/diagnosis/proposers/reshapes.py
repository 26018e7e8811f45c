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
    from shapeguard.diagnosis.graph import Node
    from shapeguard.diagnosis.layer_specs import LayerSpec
    from shapeguard.diagnosis.repairs import Insert
    from shapeguard.records.network import Shape

LEAST_CHANNELS = 4
USUAL_SIDE = 7
"""Of the first map of a generator: 28 pixels, halved twice."""
MUCH_LARGER = 8
"""How many times larger than a code the map is that is made of it."""
Sizes = tuple[int, ...]


def propose_reshapes(fault: Fault) -> Iterator[Insert | Replace]:
    """Other axes for what enters the refused call, and for what a Flatten before it gives."""
    graph = fault.graph
    if graph.crashed is None:
        return
    node = graph.nodes[graph.crashed]
    if node.is_input or len(node.inputs) != 1:
        return
    sizes = _known(graph.inputs_of(node)[0])
    maker = graph.nodes.get(graph.producer.get(node.inputs[0], -1))
    source = graph.source_of(node.inputs[0])
    features_of = None if source is None else role_of(source.call.layer_type)
    if sizes is not None:
        is_flat = len(sizes) == 1 and features_of is Role.DENSE
        for addition, cost in (*_by_rank(sizes), *(_maps(sizes[0]) if is_flat else ())):
            yield insertion(((node, 0),), addition, cost)
        if "target_shape" in node.config and len(sizes) == 1:
            units = prod(size for size in node.config["target_shape"] if size > 0)
            if features_of is Role.INPUT or (features_of is Role.DENSE and sizes[0] * MUCH_LARGER <= units):
                cost = costs.FROM_NOISE if features_of is Role.INPUT else costs.FROM_CODE
                yield insertion(((node, 0),), spec_of(Role.DENSE, ("units", units)), cost)
    yield from _ends_of_sequences(fault, node, maker)
    if maker is not None and role_of(maker.call.layer_type) is Role.FLATTEN:
        for addition, cost in _by_rank(_known(graph.inputs_of(maker)[0]) or ()):
            yield Replace(maker.index, addition, cost)


def _ends_of_sequences(fault: Fault, node: Node, maker: Node | None) -> Iterator[Insert]:
    """What an encoder and a decoder lack: the layer that reads to the end, or the one that repeats what was read."""
    graph = fault.graph
    sizes = _known(graph.inputs_of(node)[0])
    role = role_of(node.call.layer_type)
    if role is Role.REPEAT and sizes is not None and len(sizes) == 2:
        for name in classes_for(Role.RECURRENT):
            for other in fault.groups.by_class.get(name, ())[:1]:
                config = {**graph.nodes[other].config, "return_sequences": False, "return_state": False}
                rule = rule_for(type(graph.nodes[other].call.operation))
                addition = None if rule is None else from_config(rule, config)
                if addition is not None:
                    yield insertion(((node, 0),), addition, costs.READS)
    if role is Role.RECURRENT and maker is not None and role_of(maker.call.layer_type) is role:
        steps = graph.inputs_of(maker)[0][1]
        if steps is not None:
            decodes = bool(node.config.get("return_sequences"))
            cost = costs.REPEATS_FOR_DECODER if decodes else costs.REPEATS
            yield insertion(((node, 0),), spec_of(Role.REPEAT, ("n", steps)), cost)


def _known(shape: Shape) -> Sizes | None:
    sizes = tuple(size for size in shape[1:] if size is not None)
    return sizes if len(sizes) == len(shape) - 1 else None


def _by_rank(sizes: Sizes) -> Iterator[tuple[LayerSpec, float]]:
    """Steps of pictures as steps of features, rows of a picture as steps, a sequence as a picture of one channel."""
    match sizes:
        case (_, _, _, _):
            yield spec_of(Role.EACH_STEP, ("layer", spec_of(Role.FLATTEN))), costs.EACH_STEP
        case (rows, columns, channels):
            yield _reshape(rows, columns * channels), costs.ROWS_AS_STEPS
        case (steps, features):
            yield _reshape(steps, features, 1), costs.ONE_CHANNEL


def _maps(units: int) -> Iterator[tuple[LayerSpec, float]]:
    """The square map with the most channels that are still fewer than its pixels, of this many numbers."""
    for side in range(2, isqrt(units) + 1):
        channels, rest = divmod(units, side * side)
        if not rest and channels >= LEAST_CHANNELS:
            yield _reshape(side, side, channels), costs.AS_MAP + costs.MAP_SIDE * abs(side - USUAL_SIDE)


def _reshape(*target: int) -> LayerSpec:
    return spec_of(Role.RESHAPE, ("target_shape", target))
