"""Features of which axis holds what: channels first or last, the axis of a join, the entries of a target shape."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from shapeguard.diagnosis.declared_inputs import CHANNELS
from shapeguard.diagnosis.keras_fallback import names_in_keras
from shapeguard.diagnosis.missed_sizes import misses_by_little
from shapeguard.diagnosis.repairs import ChangeArguments, ChangeInput, lead_of
from shapeguard.diagnosis.scenarios import refused_value
from shapeguard.diagnosis.scoring import weights
from shapeguard.diagnosis.scoring.evidence import joins_channels, proves_nothing
from shapeguard.keras_compat import keras_layers
from shapeguard.layers import argument_traits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.diagnosis.scoring.context import Context
    from shapeguard.records.network import Shape

SMALLEST_MAP = 8
AXES_OF_OPERATIONS = frozenset({"axis", "axes", "key", "axis1", "source", "newshape"})
"""Arguments of functional operations that count axes of what comes in."""


def axis_order(context: Context) -> float:
    """Whether a repair of a network with channels first in its input moves them last, or tells every layer."""
    repair, graph = context.repair, context.graph
    declared = [graph.shapes[value] for value in graph.network.inputs]
    channels_first = [shape for shape in declared if reads_as_channels_first(shape)]
    if not channels_first:
        return 0
    match repair.argument:
        case "shape":
            return weights.MOVED if repair.suggestion in [(*s[2:], s[1]) for s in channels_first] else 0
        case "axis":
            return weights.MIXED_ORDER if context.node.config.get("axis") == 1 else 0
        case "data_format":
            return _format_order(context)
    return 0


def _format_order(context: Context) -> float:
    """Every layer takes channels first, or none; all the more if the program counts them so."""
    nodes = context.graph.nodes
    concerned = {index for index, node in nodes.items() if node.config.get("data_format") == "channels_last"}
    if context.repair.suggestion == "channels_last" or not concerned <= set(context.evaluated.patch.configs):
        return weights.MIXED_ORDER
    counted = any(_counts_channels_first(context.graph, node) for node in nodes.values())
    return weights.ALL_CHANNELS_FIRST + (weights.COUNTED_CHANNELS_FIRST if counted else 0)


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


def own_axis(context: Context) -> float:
    """Whether the very layers of which something is expected would only choose another axis."""
    calls = {constraint.call for constraint in context.violated}
    chooses = argument_traits(context.repair.argument).chooses_axes
    return weights.OWN_AXIS if chooses and set(context.repair.nodes) == calls else 0


def stacked_axis(context: Context) -> float:
    """Whether an operation would work along the axis on which tensors were stacked, in front of their samples."""
    repair, graph = context.repair, context.graph
    if (
        repair.argument != "axis"
        or repair.suggestion != 0
        or isinstance(context.node.call.operation, keras_layers.Layer)
    ):
        return 0
    batches = {graph.shapes[value][:1] for value in graph.network.inputs}
    shape = next(iter(graph.inputs_of(context.node)), ())
    is_in_front = len(batches) == 1 and shape[:1] not in batches and shape[1:2] in batches
    return weights.STACKED if is_in_front else 0


def joined_axis(context: Context) -> float:
    """Whether a refused join would join channels on the axis of channels, or maps on any other one."""
    repair, graph, refused = context.repair, context.graph, context.refused
    if repair.argument != "axis" or refused is None or repair.nodes != (refused.index,):
        return 0
    if len(refused.inputs) == 2 and misses_by_little(*graph.inputs_of(refused)):
        return weights.MISSES_BY_LITTLE
    if proves_nothing(context.evaluated, graph):
        return weights.ALWAYS_JOINS
    if any(reads_as_channels_first(graph.shapes[value]) for value in graph.network.inputs):
        return 0
    return weights.ON_CHANNELS if joins_channels(graph, refused, repair.suggestion) else 0


def counted_axes(context: Context) -> float:
    """Whether an operation that counts axes would be given another rank: its numbers would mean other axes.

    Tensors of several ranks that meet there say nothing of which rank was meant.
    """
    graph, scenario = context.graph, context.scenario
    for node in graph.nodes.values():
        counts = not AXES_OF_OPERATIONS.isdisjoint(names_in_keras(node.rule, node.config))
        if not counts or isinstance(node.call.operation, keras_layers.Layer) or node.index in context.repair.nodes:
            continue
        before, after = _ranks(graph.inputs_of(node)), _ranks(graph.inputs_of(node, scenario))
        if before != after and len(set(before)) == 1:
            return weights.OTHER_AXES
    return 0


def _ranks(shapes: Sequence[Shape]) -> list[int]:
    return [len(shape) for shape in shapes]


def stretches(context: Context) -> float:
    """Whether what met at the refused call would fit because one has a size of one then, as it does beside any."""
    graph, refused = context.graph, context.refused
    if refused is None:
        return 0
    before, after = graph.inputs_of(refused), graph.inputs_of(refused, context.scenario)
    new = any(a.count(1) > b.count(1) for a, b in zip(after, before, strict=False) if len(a) == len(b))
    return weights.STRETCHES if new else 0


def changed_entries(context: Context) -> float:
    """How many entries of a target shape would change."""
    suggestion = context.repair.suggestion
    if context.repair.argument != "target_shape" or not isinstance(suggestion, tuple):
        return 0
    now = context.node.config.get("target_shape") or ()
    if len(now) != len(suggestion):
        return 0
    return weights.ENTRY * len([1 for a, b in zip(now, suggestion, strict=True) if a != b])


def target_for_another_map(context: Context) -> float:
    """Whether a target keeps a side and the channels of what comes in, but was written for another width."""
    if context.repair.argument != "target_shape" or not proves_nothing(context.evaluated, context.graph):
        return 0
    now = tuple(context.node.config.get("target_shape") or ())
    return weights.ANOTHER_MAP if _was_for_another(now, context.graph.inputs_of(context.node)[0]) else 0


def _was_for_another(target: tuple[int, ...], shape: Shape) -> bool:
    """Whether a target has the first side and the channels of a map, and another number of elements."""
    incoming = [size for size in shape[1:] if size]
    if len(incoming) < 2 or len(incoming) + 1 < len(shape) or min(target, default=0) <= 0:
        return False
    held, given = prod(target), prod(incoming)
    keeps = target[0] == incoming[0] and held % (target[0] * incoming[-1]) == 0
    return bool(keeps and held % given and given % held)


def penalise_needless_axes(contexts: Sequence[Context], scores: Sequence[float]) -> list[float]:
    """The scores; of shapes for one blame that differ in axes of one alone, the natural one is ahead.

    That is the one that gives an output the rank of its targets; else the one of the rank that stands.
    """
    penalised = list(scores)
    alike: dict[object, list[tuple[tuple[int, int, int], int]]] = {}
    for place, context in enumerate(contexts):
        given = _given(context)
        if given is not None:
            ndim, shape = given
            needless = (_beside_targets(context), abs(len(shape) - ndim), len(shape))
            sizes = tuple(size for size in shape if size != 1)
            alike.setdefault((context.repair.key, sizes), []).append((needless, place))
    for group in alike.values():
        for needless, place in group:
            natural = [scores[other] for less, other in group if less < needless]
            if natural:
                penalised[place] = max(penalised[place], min(natural) + weights.NEEDLESS_AXIS)
    return penalised


def _given(context: Context) -> tuple[int, Shape] | None:
    """The rank that the first layer to change gives now, or was to give, and the shape that it would give."""
    if not isinstance(lead_of(context.repair), ChangeArguments | ChangeInput):
        return None
    node = context.node
    value = node.outputs[0] if node.outputs else refused_value(node.index)
    shape = context.scenario.shapes.get(value)
    now = context.graph.shapes.get(value, (None, *(node.config.get("target_shape") or ())))
    return None if shape is None else (len(now), shape)


def _beside_targets(context: Context) -> int:
    """How many axes more or fewer than targets ask for the violated outputs would have."""
    outputs = [(each.accepted_shapes[0], each.values[0]) for each in context.violated if each.accepted_shapes]
    shapes = [(asked, context.scenario.shapes.get(value)) for asked, value in outputs]
    return sum(abs(len(shape) - len(asked)) for asked, shape in shapes if shape is not None)
