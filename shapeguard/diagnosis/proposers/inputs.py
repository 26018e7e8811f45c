"""The model's inputs as suspects: other declared shapes, against the data if it is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras

from shapeguard.diagnosis.declared_inputs import input_cost, slips
from shapeguard.diagnosis.handed_over import is_of_validation
from shapeguard.diagnosis.model_inputs import adjusts
from shapeguard.diagnosis.repairs import ChangeInput
from shapeguard.diagnosis.required_outputs import required_outputs
from shapeguard.diagnosis.scoring import costs, data_costs
from shapeguard.keras_compat import ready_made
from shapeguard.layers import Role, role_of
from shapeguard.spec import shapes_agree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.records.network import Shape

CLOSE = 8
LEAST_SIZE = 8


def propose_inputs(fault: Fault) -> Iterator[ChangeInput]:
    """Other shapes of the inputs on which the fault depends, or of those that the data does not fit."""
    if _is_validated(fault):
        return  # what the model was trained with is what its inputs declare
    leading = _leading(fault)
    for node in fault.suspects:
        if node.is_input and not _is_given_otherwise(fault.graph, node):
            yield from _declarations(fault, node, required_outputs(fault, node), leading)
    for node, _ in () if fault.violated else fault.analysis.inputs.conflicts():
        yield from _declarations(fault, node, (), ())


def _is_validated(fault: Fault) -> bool:
    """Whether it is the validation within `fit` that fails."""
    feed = fault.analysis.problem.feed
    return feed is not None and is_of_validation(feed)


def _leading(fault: Fault) -> list[int]:
    """The sizes that are expected on the axis behind the batch: an axis of that size may have been left out."""
    shapes = [shape for each in fault.outputs for shape in fault.constraints.required_shapes(each)]
    return list(dict.fromkeys(shape[1] for shape in shapes if len(shape) > 1 and shape[1] is not None))


def _declarations(fault: Fault, node: Node, required: Iterable[Shape], leading: Iterable[int]) -> Iterator[ChangeInput]:
    """Other shapes for one input: what the data has, what the network needs, and the usual slips."""
    graph, value = fault.graph, node.outputs[0]
    declared, fed = graph.shapes[value], fault.analysis.inputs.fed.get(value)
    needed = tuple(required)
    mentioned = tuple(_mentioned(graph, declared, needed)) if fed is None else ()
    rounded = tuple(_rounded(graph, declared)) if fed is None else ()
    one_hot = tuple(_one_hot(graph, node))
    data = _coming(fault, node) if fed is None else fed
    known = () if data is None else ((declared[0], *data),)
    shapes = dict.fromkeys((*known, *rounded, *mentioned, *needed, *one_hot, *slips(declared, leading)))
    for shape in shapes:
        if shape != declared and _can_be_declared(shape, fed):
            cost = input_cost(fed, shape[1:], declared[1:])
            cost += (costs.IN_THE_PROGRAM if shape in mentioned else 0) + (costs.ROUNDED if shape in rounded else 0)
            cost += data_costs.ONE_HOT_WORDS if shape in one_hot else 0
            cost += _beside_coming(data, shape[1:], declared[1:]) if fed is None else _beside_training(graph)
            yield ChangeInput(node.index, value, shape, cost)


def propose_channels(fault: Fault) -> Iterator[ChangeInput]:
    """The shape of a sample with one channel, where an input declares that of all samples together."""
    for node, fed in () if fault.violated or _is_validated(fault) else fault.analysis.inputs.conflicts():
        value = node.outputs[0]
        declared = fault.graph.shapes[value]
        if len(declared) > 2 and fault.analysis.inputs.given.get(value) == declared[1:]:
            yield ChangeInput(node.index, value, (declared[0], *fed, 1), _beside_training(fault.graph))


def _coming(fault: Fault, node: Node) -> Shape | None:
    """The data that the program would train with, if it is that of its only input."""
    inputs = [each for each in fault.graph.nodes.values() if each.is_input]
    coming = fault.analysis.problem.coming
    return coming[0] if len(coming) == 1 and inputs == [node] else None


def _beside_training(graph: Graph) -> float:
    """What speaks against other data than that which the model was trained with before."""
    return data_costs.TRAINED_SO if _was_trained(graph) else 0


def _beside_coming(coming: Shape | None, shape: Shape, declared: Shape) -> float:
    """What the coming data says for another declared shape, or against it."""
    if coming is None:
        return 0
    if adjusts(coming, declared):
        return data_costs.NOT_COMING
    return data_costs.COMING if adjusts(coming, shape) else 0


def _is_given_otherwise(graph: Graph, node: Node) -> bool:
    """Whether the model was called on something else than the input declares: the other shapes are of that."""
    written, now = node.config.get("batch_shape"), graph.shapes[node.outputs[0]]
    return isinstance(written, list | tuple) and not shapes_agree(tuple(written[1:]), now[1:])


def _can_be_declared(shape: Shape, fed: Shape | None) -> bool:
    """Whether an input may have this shape: one that the data, where it is known, does not have is no repair."""
    return bool(shape[1:]) and (fed is None or shapes_agree(fed, shape[1:]))


def _was_trained(graph: Graph) -> bool:
    """Whether the model was trained before on what its inputs declare."""
    models = [call.operation for call in graph.network.calls if call.path == ""]
    return any(isinstance(model, keras.Model) and ready_made.was_trained(model) for model in models)


def _one_hot(graph: Graph, node: Node) -> Iterator[Shape]:
    """The shape without the axis of a vocabulary, where what takes it looks up numbers of words and not their rows."""
    declared = graph.shapes[node.outputs[0]]
    takers = (graph.nodes[index] for index in graph.consumers.get(node.outputs[0], ()))
    words = {each.config.get("input_dim") for each in takers if role_of(each.call.layer_type) is Role.EMBEDDING}
    for axis in range(len(declared) - 1, 0, -1):
        if declared[axis] in words - {None} and len(declared) > 2:
            yield (*declared[:axis], *declared[axis + 1 :])


def _rounded(graph: Graph, declared: Shape) -> Iterator[Shape]:
    """The nearest sizes that halve evenly all the way down, if a merge meets a size that was rounded on its way."""
    shapes = () if graph.refused is None else graph.inputs_of(graph.refused)
    if len({len(shape) for shape in (declared, *shapes)}) > 1 or len(shapes) < 2:
        return
    odd = [axis for axis in range(1, len(declared) - 1) if len({shape[axis] for shape in shapes}) > 1]
    factors = {axis: _reduction(graph, declared, axis) for axis in odd}
    if odd and all(factors.values()):
        for up in (0, 1):
            yield _in_steps(declared, factors, up)


def _in_steps(declared: Shape, factors: Mapping[int, int], up: int) -> Shape:
    """The shape with sizes that are multiples of their factors: the next below, or `up` above."""
    multiples = {axis: ((declared[axis] or 0) // factor + up) * factor for axis, factor in factors.items()}
    return tuple(size if size is None else multiples.get(axis, size) for axis, size in enumerate(declared))


def _reduction(graph: Graph, declared: Shape, axis: int) -> int:
    """How many times smaller an axis gets on the way to the refused call; 0 if it is divided evenly or not at all."""
    size = declared[axis]
    before = () if graph.refused is None else graph.refused.upstream
    shapes = [shape for index in before for shape in graph.outputs_of(graph.nodes[index])]
    sizes = [shape[axis] or size or 0 for shape in shapes if len(shape) == len(declared)]
    smallest = min(sizes, default=0)
    if not size or not smallest or size < 2 * smallest:
        return 0
    return size // smallest if size % (size // smallest) else 0


def _mentioned(graph: Graph, declared: Shape, required: Iterable[Shape]) -> Iterator[Shape]:
    """Required shapes with a number that the program has elsewhere: of the sizes that would do, it is meant."""
    numbers = _numbers_written(graph)
    for shape in required:
        for axis, (size, now) in enumerate(zip(shape, declared, strict=False)):
            if size is None or size == now or len(shape) != len(declared) or axis == len(declared) - 1 > 2:
                continue
            for number in numbers:
                if number != now and abs(number - size) * CLOSE <= size:
                    yield (*shape[:axis], number, *shape[axis + 1 :])


def _numbers_written(graph: Graph) -> list[int]:
    """The sizes among the arguments of the layers' constructor calls, each once."""
    constructions = [
        node.construction for node in graph.nodes.values() if not node.is_input and node.construction is not None
    ]
    values = [argument.value for construction in constructions for argument in construction.arguments]
    flat = [n for value in values for n in (value if isinstance(value, list | tuple) else (value,))]
    return list(dict.fromkeys(n for n in flat if type(n) is int and n >= LEAST_SIZE))
