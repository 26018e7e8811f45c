"""What the repaired network looks like: a repair that leaves it odd is not what its author meant."""

from __future__ import annotations

from collections import Counter
from math import prod
from typing import TYPE_CHECKING

from shapeguard.diagnosis.argument_values import same, value_of
from shapeguard.diagnosis.repairs import change_of

if TYPE_CHECKING:
    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.diagnosis.repairs import Evaluated
    from shapeguard.records.network import Shape

MISFIT = 0.6
NO_OP = 1.0
KEEPS_SIZE = 0.4
ONE_STEP = 0.6
SEVERAL = 3
LEVELLED = 0.7
MIXED_ORDER = 0.5
MOVED = 0.5
TOLD = 0.1
SPOKEN = 0.9
TAUTOLOGY = 0.3
ON_CHANNELS = -0.65
ENTRY = 0.1
ANOTHER_MAP = 1.0
CHANNELS = (1, 3, 4)
SMALLEST_MAP = 8
ALWAYS_FITS = frozenset({("Concatenate", "axis"), ("Reshape", "target_shape")})
ONES = {"pool_size": 1, "size": 1}


def oddness(candidate: Evaluated, graph: Graph) -> float:
    """The cost of what is odd in the candidate's world; below 0 where it undoes axes that were read wrongly."""
    return (
        _misfit(candidate, graph)
        + _no_op(candidate, graph)
        + _axis_order(candidate, graph)
        + _joined(candidate, graph)
        + _entries_changed(candidate, graph)
        + _for_another_map(candidate, graph)
        + _levelled(candidate, graph)
    )


def _levelled(candidate: Evaluated, graph: Graph) -> float:
    """Several strides undone at once, so that nothing makes the map smaller any more: that is not what was meant."""
    if candidate.repair.argument != "strides" or len(candidate.repair.nodes) < SEVERAL or graph.crashed is None:
        return 0.0
    maps = graph.inputs_of(graph.nodes[graph.crashed], candidate.scenario)[:1]
    pictures = [graph.shapes[value] for value in graph.network.inputs]
    return LEVELLED if maps and any(maps[0][1:-1] == picture[1:-1] for picture in pictures) else 0.0


def _misfit(candidate: Evaluated, graph: Graph) -> float:
    """A window that is still larger than the map it slides over: `same` builds, but the sizes stay misread."""
    for index, config in candidate.patch.configs.items():
        node = graph.nodes[index]
        window = config.get("kernel_size") or config.get("pool_size")
        inputs = graph.inputs_of(node, candidate.scenario)
        if not isinstance(window, list | tuple) or not inputs or len(inputs[0]) != len(window) + 2:
            continue
        spatial = inputs[0][2:] if config.get("data_format") == "channels_first" else inputs[0][1:-1]
        dilation = config.get("dilation_rate") or (1,) * len(window)
        for size, width, step in zip(spatial, window, dilation, strict=False):
            if size is not None and (width - 1) * step + 1 > size:
                return MISFIT
    return 0.0


def _no_op(candidate: Evaluated, graph: Graph) -> float:
    """An edit that makes a layer do nothing: pooling of one pixel, enlarging by one."""
    change = change_of(candidate.repair)
    if change is None or not candidate.repair.nodes:
        return 0.0
    config = graph.nodes[candidate.repair.nodes[0]].config
    for name, suggestion in change.arguments:
        if name in ONES and same(suggestion, ONES[name]) and not same(value_of(config, change, name), 1):
            return NO_OP
        if name == "keepdims" and suggestion is True and graph.crashed is not None and _is_of_steps(graph, candidate):
            return ONE_STEP
        if name == "strides" and "pool_size" in config and same(suggestion, 1):
            return _of_resting_pool(graph.nodes[candidate.repair.nodes[0]])
    return 0.0


def _is_of_steps(graph: Graph, candidate: Evaluated) -> bool:
    """Whether a sequence enters the layer: one step that is left of it is none."""
    return len(graph.inputs_of(graph.nodes[candidate.repair.nodes[0]])[0]) == 3


def _of_resting_pool(node: Node) -> float:
    """A pooling with strides of 1 keeps the size: who wrote `same` and did not write strides wanted that."""
    made = node.construction
    written = {} if made is None else {argument.name: argument.value for argument in made.arguments}
    meant = written.get("padding") == "same" and "strides" not in written
    return -KEEPS_SIZE if meant else KEEPS_SIZE


def proves_nothing(candidate: Evaluated, graph: Graph) -> bool:
    """Whether the edit always makes such a call fit, so that its fitting is no evidence.

    Ragged tensors join along the axis on which they differ, any number of elements fills some other target, and some
    size of the input goes through any network.
    """
    if (
        graph.crashed is not None
        and candidate.repair.argument == "shape"
        and graph.nodes[candidate.repair.nodes[0]].is_input
    ):
        return _is_resized(candidate, graph)
    if graph.crashed is None or candidate.repair.nodes != (graph.crashed,):
        return False
    node = graph.nodes[graph.crashed]
    always = (node.call.layer_type, candidate.repair.argument) in ALWAYS_FITS
    return always and not (
        candidate.repair.argument == "axis" and joins_channels(graph, node, candidate.repair.suggestion)
    )


def _is_resized(candidate: Evaluated, graph: Graph) -> bool:
    """Whether the axes of an input stay what they are and only their sizes become others."""
    return any(
        len(shape) == len(graph.shapes[value]) and Counter(shape) != Counter(graph.shapes[value])
        for value, shape in candidate.patch.values.items()
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


def _joined(candidate: Evaluated, graph: Graph) -> float:
    """Maps that differ in their channels alone are joined on the channels; on another axis it proves nothing."""
    if candidate.repair.argument != "axis" or graph.crashed is None or candidate.repair.nodes != (graph.crashed,):
        return 0.0
    if proves_nothing(candidate, graph):
        return TAUTOLOGY
    pictures = [graph.shapes[v] for v in graph.network.inputs]
    joins = joins_channels(graph, graph.nodes[graph.crashed], candidate.repair.suggestion)
    return ON_CHANNELS if joins and not any(map(reads_as_channels_first, pictures)) else 0.0


def _entries_changed(candidate: Evaluated, graph: Graph) -> float:
    """Of a target shape, as little as possible was wrong."""
    if candidate.repair.argument != "target_shape" or not isinstance(candidate.repair.suggestion, tuple):
        return 0.0
    now = graph.nodes[candidate.repair.nodes[0]].config.get("target_shape") or ()
    if len(now) != len(candidate.repair.suggestion):
        return 0.0
    return ENTRY * len([1 for a, b in zip(now, candidate.repair.suggestion, strict=True) if a != b])


def _for_another_map(candidate: Evaluated, graph: Graph) -> float:
    """A target that keeps a side and the channels of what comes in, but for another width: the map is wrong, not it."""
    if candidate.repair.argument != "target_shape" or not proves_nothing(candidate, graph):
        return 0.0
    node = graph.nodes[candidate.repair.nodes[0]]
    now = tuple(node.config.get("target_shape") or ())
    incoming = [size for size in graph.inputs_of(node)[0][1:] if size]
    if len(incoming) < 2 or len(incoming) + 1 < len(graph.inputs_of(node)[0]) or min(now, default=0) <= 0:
        return 0.0
    held, given = prod(now), prod(incoming)
    keeps = now[0] == incoming[0] and held % (now[0] * incoming[-1]) == 0
    return ANOTHER_MAP if keeps and held % given and given % held else 0.0


def _axis_order(candidate: Evaluated, graph: Graph) -> float:
    """Channels first in the input: to move them last, or to tell every layer, is what repairs it."""
    declared = [graph.shapes[v] for v in graph.network.inputs]
    if not any(reads_as_channels_first(shape) for shape in declared):
        return 0.0
    match candidate.repair.argument:
        case "shape":
            moved = [(*shape[2:], shape[1]) for shape in declared if reads_as_channels_first(shape)]
            return -MOVED if candidate.repair.suggestion in moved else 0.0
        case "axis":
            return MIXED_ORDER if graph.nodes[candidate.repair.nodes[0]].config.get("axis") == 1 else 0.0
        case "data_format":
            return _told_order(candidate, graph)
    return 0.0


def _told_order(candidate: Evaluated, graph: Graph) -> float:
    """Every layer has to be told that channels come first, or none; all the more where the program counts them so."""
    concerned = {i for i, node in graph.nodes.items() if node.config.get("data_format") == "channels_last"}
    if candidate.repair.suggestion == "channels_last" or not concerned <= set(candidate.patch.configs):
        return MIXED_ORDER
    return -TOLD - (SPOKEN if any(_counts_channels_first(graph, node) for node in graph.nodes.values()) else 0.0)


def _counts_channels_first(graph: Graph, node: Node) -> bool:
    """Whether the program itself takes axis 1 of maps for that of their channels."""
    shapes = graph.inputs_of(node)
    return node.config.get("axis") == 1 and bool(shapes) and len(shapes[0]) in {4, 5}


def reads_as_channels_first(shape: Shape) -> bool:
    """Whether a batch of pictures or volumes has a few channels in front of axes of which the last two are large."""
    if len(shape) not in {4, 5}:  # batch, channels, (frames,) height, width
        return False
    channels, sides = shape[1], shape[-2:]
    large = all(size is not None and size >= SMALLEST_MAP for size in sides)
    return channels in CHANNELS and large and sides[-1] not in CHANNELS
