"""What a node would have to give so that everything behind it holds: the question whose answer rules can solve."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.constraints import Constraint
from shapeguard.diagnosis.plausible_outputs import plausible_outputs
from shapeguard.diagnosis.scenarios import Patch
from shapeguard.diagnosis.what_if import propagate
from shapeguard.layers.wrappers import Wrapper, wanted_around

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Node
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
        or list(_met_by(fault, node, plausible_outputs(fault, node)))
        or _widened(fault, node)
    )


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
