"""What a node would have to give so that everything behind it holds: the question whose answer rules can solve."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from shapeguard.diagnosis.constraints import Constraint
from shapeguard.diagnosis.keras_fallback import OperationRule
from shapeguard.diagnosis.plausible_outputs import WIDE, plausible_outputs
from shapeguard.diagnosis.scenarios import Patch
from shapeguard.diagnosis.what_if import propagate
from shapeguard.layers.wrappers import Wrapper, wanted_around

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.records.network import Shape

MOST = 3
"""Required shapes of the rank that was seen; of any other rank one is enough to see that it would do."""


def required_outputs(fault: Fault, node: Node) -> list[Shape]:
    """Shapes of the node's first output with which every constraint would hold, the nearest first; a few at most."""
    if node.index not in fault.required:
        fault.required[node.index] = _required(fault, node)
    return fault.required[node.index]


def _required(fault: Fault, node: Node) -> list[Shape]:
    if not node.outputs:
        own = [each for each in fault.outputs if each.call == node.index]
        return [_free_batch(shape) for each in own for shape in fault.constraints.required_shapes(each)]
    return (
        list(_required_inside(fault, node))
        or list(_met_by(fault, node, chain(_taken_behind(fault, node), plausible_outputs(fault, node))))
        or _widened(fault, node)
    )


def _taken_behind(fault: Fault, node: Node) -> Iterator[Shape]:
    """What the operations behind a node would have to be given, as their inverses tell."""
    graph = fault.graph
    for value, operation in _operations_behind(graph, node):
        rule, inputs = operation.rule, graph.inputs_of(operation)
        if not isinstance(rule, OperationRule) or operation not in fault.affected:
            continue
        for wanted in _wanted_of(fault, operation):
            for place, shape in rule.operands(graph.config_of(operation), inputs, wanted):
                if operation.inputs[place] == value and _keeps_batch(graph, node, shape):
                    yield shape


def _keeps_batch(graph: Graph, node: Node, shape: Shape) -> bool:
    """Whether a shape has the batch that comes in; the first axis of a weight, or of numbers, is another."""
    return not graph.holds_samples(node) or shape[:1] == graph.shapes[node.outputs[0]][:1]


def _operations_behind(graph: Graph, node: Node) -> Iterator[tuple[int, Node]]:
    """The operations that take what a node gives, behind what keeps its shape; each with the tensor that it takes."""
    waiting = [node.outputs[0]]
    while waiting:
        value = waiting.pop()
        for consumer in (graph.nodes[index] for index in graph.consumers.get(value, ())):
            if isinstance(consumer.rule, OperationRule) and consumer.rule.is_known:
                yield value, consumer
            elif [graph.shapes[each] for each in consumer.outputs] == [graph.shapes[value]]:
                waiting += consumer.outputs


def _wanted_of(fault: Fault, operation: Node) -> Iterator[tuple[Shape, ...] | None]:
    """What an operation has to give; `None` where it is enough that Keras takes the call."""
    has_own = any(each.call == operation.index for each in fault.outputs)
    if has_own or (operation.outputs and len(fault.graph.nodes) <= WIDE):
        yield from ((shape,) for shape in required_outputs(fault, operation))
    if operation is fault.graph.refused:
        yield None


def _met_by(fault: Fault, node: Node, shapes: Iterable[Shape]) -> list[Shape]:
    """The first few of the shapes with which every constraint would hold; of another rank one."""
    value, observed = node.outputs[0], fault.graph.shapes[node.outputs[0]]
    found: list[Shape] = []
    for shape in dict.fromkeys(shapes):
        is_another_rank = len(shape) != len(observed)
        if shape == observed or (is_another_rank and any(len(other) == len(shape) for other in found)):
            continue
        if _would_do(fault, value, shape):
            found.append(shape)
            if sum(len(other) == len(observed) for other in found) == MOST:
                break
    return found


def _would_do(fault: Fault, value: int, shape: Shape) -> bool:
    cache = fault.analysis.caches.ignoring([each for each in fault.ignored if isinstance(each, Constraint)])
    return cache.holds(cache.scenario(fault.graph.repaired.merged(Patch(values={value: shape}))))


def _required_inside(fault: Fault, node: Node) -> Iterator[Shape]:
    """What the wrapper would give if the layers inside it gave what is expected of them."""
    for constraint in fault.outputs:
        if constraint.call in node.inside and isinstance(node.rule, Wrapper):
            inputs, depth = fault.graph.inputs_of(node), node.inside[constraint.call][1]
            for shape in fault.constraints.required_shapes(constraint):
                around = wanted_around(node.rule, fault.graph.config_of(node), inputs, depth, (shape,))
                yield _free_batch(around[0])


def _widened(fault: Fault, node: Node) -> list[Shape]:
    """Another width of all outputs together, as of a recurrent layer and its states: one that the clash has."""
    graph, refused = fault.graph, fault.graph.refused_call
    if refused is None or len(node.outputs) < 2:
        return []
    observed = graph.shapes[node.outputs[0]]
    clashing = [shape[-1] for shape in graph.inputs_of(graph.nodes[refused]) if shape]
    units = graph.nodes[refused].config.get("units")
    widths = [w for w in dict.fromkeys((units, *clashing)) if isinstance(w, int) and w != observed[-1]]
    return [(*observed[:-1], width) for width in widths if _all_would_do(fault, node, width)]


def _all_would_do(fault: Fault, node: Node, width: int) -> bool:
    shapes = {value: (*fault.graph.shapes[value][:-1], width) for value in node.outputs}
    scenario = propagate(fault.graph, Patch(values=shapes))
    ignored = [each for each in fault.ignored if isinstance(each, Constraint)]
    return scenario.refusal is None and fault.constraints.met(scenario, ignored)


def _free_batch(pattern: tuple[int | None, ...]) -> Shape:
    return (None, *pattern[1:])
