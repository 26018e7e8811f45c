"""Changes that only help together: a decoder's borders, a Reshape and what fills it, branches that must agree."""

from __future__ import annotations

from collections import Counter
from itertools import product
from math import prod
from typing import TYPE_CHECKING

from shapeguard.diagnosis.argument_values import value_of
from shapeguard.diagnosis.keras_fallback import OperationRule
from shapeguard.diagnosis.proposers.arguments import single_changes
from shapeguard.diagnosis.repairs import ChangeArguments, Joint
from shapeguard.diagnosis.required_outputs import required_outputs
from shapeguard.diagnosis.scenarios import Patch
from shapeguard.diagnosis.scoring import costs
from shapeguard.diagnosis.what_if import propagate
from shapeguard.layers import Change, Role, role_of
from shapeguard.source.value_equality import same_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.records.network import Shape

TRANSPOSED = 5
MIXED = 4
LARGEST = 64
TRIED = 3


def propose_filled_targets(fault: Fault) -> Iterator[Joint]:
    """Another target of a Reshape together with the units of the Dense that fills it."""
    for node in fault.suspects:
        dense = _filling(fault.graph, node) if role_of(node.call.layer_type) is Role.RESHAPE else None
        if dense is None:
            continue
        for shape in required_outputs(fault, node):
            sizes = tuple(size for size in shape[1:] if size is not None)
            if len(sizes) == len(shape) - 1:
                target = _solved(node, "target_shape", sizes, costs.FILLED_TARGET)
                yield Joint.of([target, _solved(dense, "units", prod(sizes), costs.FILLED_TARGET)])


def _filling(graph: Graph, node: Node) -> Node | None:
    """The Dense whose units a Reshape takes, behind layers that keep the shape."""
    while node.inputs and node.inputs[0] in graph.producer:
        node = graph.nodes[graph.producer[node.inputs[0]]]
        if role_of(node.call.layer_type) is Role.DENSE:
            return node
        if not node.inputs or graph.inputs_of(node)[:1] != graph.outputs_of(node)[:1]:
            return None
    return None


def propose_mirrored_decoders(fault: Fault) -> Iterator[Joint]:
    """A decoder whose transposed layers each give back the size that an odd input had, an axis at a time."""
    layers = [n for n in fault.suspects if "output_padding" in n.config and not isinstance(n.rule, OperationRule)]
    if not 1 < len(layers) <= TRANSPOSED:
        return
    uniform: tuple[object, ...] = (None, 0, 1)
    yield from _decoders(layers, list(product(uniform, repeat=len(layers))))
    if len(layers) <= MIXED and all(len(n.config.get("strides") or ()) == 2 for n in layers):
        lopsided = (*uniform, (1, 0), (0, 1))
        every = product(lopsided, repeat=len(layers))
        yield from _decoders(layers, [values for values in every if any(isinstance(v, tuple) for v in values)])


def _decoders(layers: Sequence[Node], choices: Iterable[tuple[object, ...]]) -> Iterator[Joint]:
    for values in choices:
        parts = [
            _solved(layer, "output_padding", value, costs.MIRRORED_DECODER)
            for layer, value in zip(layers, values, strict=True)
            if value is not None
        ]
        if len(parts) > 1:
            yield Joint.of(parts)


def propose_orders_of_axes(fault: Fault) -> Iterator[ChangeArguments]:
    """The other order of axes for every layer that has one, those behind the mismatch included: targets need them."""
    for node in fault.suspects:
        group = fault.groups.with_data_format(node.config.get("data_format")) if "data_format" in node.config else ()
        if group and group[-1] > fault.suspects[0].index:
            yield from (
                ChangeArguments(group, change)
                for change in single_changes(fault.graph, node, ())
                if [name for name, _ in change.arguments] == ["data_format"]
            )
            return


def propose_twins(fault: Fault) -> Iterator[ChangeArguments]:
    """A change that tears two branches apart where they meet, made in a layer of the other branch too."""
    for evaluated in fault.rejected:
        refusal, repair = evaluated.scenario.last_refusal, evaluated.repair
        if refusal is not None and isinstance(repair, ChangeArguments) and not repair.change.solved:
            for partner in _across(fault, repair, refusal[0]):
                yield ChangeArguments((*repair.nodes, partner), repair.change)


def _across(fault: Fault, repair: ChangeArguments, meeting: int) -> Iterator[int]:
    """Layers of the same class with the same value, in the other branches of the call where the branches meet."""
    graph, change = fault.graph, repair.change
    own, name = graph.nodes[repair.nodes[0]], change.arguments[0][0]
    now = value_of(graph.config_of(own), change, name)
    for index in fault.groups.of_class(own):
        other = graph.nodes[index]
        apart = index > own.index and own.index not in other.upstream
        meets = index in graph.nodes[meeting].upstream
        if apart and meets and same_value(value_of(graph.config_of(other), change, name), now):
            yield index


def propose_parallel_branches(fault: Fault) -> Iterator[Joint]:
    """The same argument in each branch that does not fit the others of a merge, with a value of its own each.

    Nothing if one branch alone differs: a single change does there.
    """
    graph, merge = fault.graph, fault.graph.refused
    if merge is None or len(graph.inputs_of(merge)) < 3:  # the trunk or most of the ways, and two that do not fit
        return
    trunk = _trunk(graph, merge)
    common = _reference(graph, merge, trunk)
    odd = [] if common is None else _odd_ways(graph, merge, common)
    if common is None or len(odd) < 2:
        return
    found = [_repairs_of(graph, value, common, trunk) for value in odd]
    for key in found[0]:
        if all(key in others for others in found):
            yield Joint.of([others[key] for others in found])


def _odd_ways(graph: Graph, merge: Node, common: Shape) -> list[int]:
    """The values that enter a merge with other sizes; none if their ranks differ."""
    shapes = graph.inputs_of(merge)
    if len({len(shape) for shape in shapes}) > 1:
        return []
    return [value for value, shape in zip(merge.inputs, shapes, strict=True) if shape[1:-1] != common]


def _reference(graph: Graph, merge: Node, trunk: frozenset[int]) -> Shape | None:
    """The sizes that most ways into a merge have; where all differ, those of the trunk itself if it is one of them."""
    shapes = graph.inputs_of(merge)
    common, times = Counter(shape[1:-1] for shape in shapes).most_common(1)[0]
    if times > 1:
        return common
    direct = [s[1:-1] for v, s in zip(merge.inputs, shapes, strict=True) if graph.producer.get(v) in trunk]
    return direct[0] if len(direct) == 1 else None


def _trunk(graph: Graph, merge: Node) -> frozenset[int]:
    """The calls that more than one way into the merge comes from."""
    ways = [graph.nodes[graph.producer[value]].upstream for value in merge.inputs if value in graph.producer]
    times = Counter(index for way in ways for index in way)
    return frozenset(index for index, count in times.items() if count > 1)


def _repairs_of(
    graph: Graph, value: int, sizes: tuple[int | None, ...], trunk: frozenset[int]
) -> dict[tuple[str, str], ChangeArguments]:
    """(class, argument) of the layers of one branch to the change that gives it the sizes of the others."""
    found: dict[tuple[str, str], ChangeArguments] = {}
    for index in sorted(graph.nodes[graph.producer[value]].upstream - trunk):
        node = graph.nodes[index]
        if node.rule is None or isinstance(node.rule, OperationRule) or not node.outputs:
            continue
        for change in single_changes(graph, node, _solving(graph, node, value, sizes)):
            key = (node.call.layer_type, change.arguments[0][0])
            repair = ChangeArguments((index,), change)
            if _gives(graph, repair, value, sizes) and (key not in found or _better(graph, repair, found[key])):
                found[key] = repair
    return found


def _better(graph: Graph, one: ChangeArguments, other: ChangeArguments) -> bool:
    """A window that divides what it slides over leaves nothing unread."""
    return one.nodes == other.nodes and (_rest(graph, one), one.change.cost) < (
        _rest(graph, other),
        other.change.cost,
    )


def _rest(graph: Graph, repair: ChangeArguments) -> bool:
    windows = repair.suggestion
    spatial = graph.inputs_of(graph.nodes[repair.nodes[0]])[0][1:-1]
    if not isinstance(windows, tuple) or len(windows) != len(spatial):
        return False
    return any(
        isinstance(w, int) and w and size is not None and size % w for w, size in zip(windows, spatial, strict=True)
    )


def _solving(graph: Graph, node: Node, value: int, sizes: tuple[int | None, ...]) -> list[tuple[Shape, ...]]:
    """Square sizes of a node's output with which the branch gives what the others give."""
    observed = graph.shapes[node.outputs[0]]
    if len(observed) < 3:
        return []
    found: list[tuple[Shape, ...]] = []
    for size in range(1, LARGEST + 1):
        shape = (observed[0], *(size,) * (len(observed) - 2), observed[-1])
        scenario = propagate(graph, Patch(values={node.outputs[0]: shape}), stops=False)
        if scenario.shapes.get(value, graph.shapes[value])[1:-1] == sizes:
            found.append((shape,))
        if len(found) == TRIED:
            break
    return found


def _gives(graph: Graph, repair: ChangeArguments, value: int, sizes: tuple[int | None, ...]) -> bool:
    scenario = propagate(graph, repair.patch(graph), stops=False)
    return value not in scenario.unknown and scenario.shapes.get(value, graph.shapes[value])[1:-1] == sizes


def _solved(node: Node, name: str, value: object, cost: float) -> ChangeArguments:
    return ChangeArguments((node.index,), Change(((name, value),), cost, solved=True))
