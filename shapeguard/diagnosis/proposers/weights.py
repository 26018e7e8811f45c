"""Other arguments of layers whose weights, or number of parameters, are not as expected."""

from __future__ import annotations

from itertools import islice
from math import isqrt
from typing import TYPE_CHECKING

from shapeguard.diagnosis.keras_fallback import OperationRule
from shapeguard.diagnosis.repairs import ChangeArguments
from shapeguard.diagnosis.scoring import costs, weights
from shapeguard.diagnosis.weight_scenarios import weights_in
from shapeguard.diagnosis.weight_shapes import expected_count, expected_sizes, parameters_in
from shapeguard.diagnosis.what_if import propagate
from shapeguard.layers import Change, arguments_with
from shapeguard.source.value_equality import same_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Node

MOST_UPSTREAM = 3
OTHERS = 12
WINDOWS = (3, 1, 5, 2, 7, 4, 6, 9, 11)
WRAPPED = ("layer", "cell")


def propose_weights(fault: Fault) -> Iterator[ChangeArguments]:
    """Other arguments of the layer, of those that feed it, and such as decide about no weight but its input."""
    node = fault.graph.nodes.get(fault.weights[0].target.call or 0) if fault.weights else None
    if node is None:
        return
    names = arguments_with("of_weights")
    ordered = (*costs.WEIGHT_EFFORTS, *sorted(names - costs.WEIGHT_EFFORTS.keys()))
    for change in _changes(fault, node, ordered):
        yield from _in_line(fault, node, change, 0)
    for distance, other in enumerate(islice(_feeding(fault, node), MOST_UPSTREAM), 1):
        for change in _changes(fault, other, sorted(_widths())):
            yield from _in_line(fault, other, change, costs.UPSTREAM + costs.EACH_UPSTREAM * distance)
    if node.rule is not None and not isinstance(node.rule, OperationRule):
        grid = node.rule.changes(node.config, fault.graph.inputs_of(node), None)
        others = (change for change in grid if change.arguments[0][0] not in names)
        for change in islice(others, OTHERS):
            yield from _in_line(fault, node, change, costs.OTHER_OPTION)


def _feeding(fault: Fault, node: Node) -> Iterator[Node]:
    """The layers before this one that have an argument for the channels they give, nearest first."""
    for index in sorted(node.upstream - {node.index}, reverse=True):
        if any(not _widths().isdisjoint(own) for _, own in _levels(fault.graph.nodes[index].config)):
            yield fault.graph.nodes[index]


def _widths() -> frozenset[str]:
    """The arguments that decide about weights of later layers, by the number of channels of the output."""
    return arguments_with("counts") | arguments_with("multiplies")


def _in_line(fault: Fault, node: Node, change: Change, further: float) -> Iterator[ChangeArguments]:
    """The change in this layer alone, and in all layers of its source span."""
    span = fault.groups.of_span(node)
    first = fault.graph.same_layer[node.call.identity][0]
    cost = change.cost + further + _unwritten(node, change)
    yield ChangeArguments((first,), change, cost + (weights.SPLIT_LINE if len(span) > 1 else 0))
    if len(span) > 1:
        yield ChangeArguments(span, change, cost)


def _unwritten(node: Node, change: Change) -> float:
    """A size that nobody wrote is seldom wrong; a flag or a word is forgotten."""
    construction = node.construction
    if construction is None or construction.indirect or change.inner or isinstance(change.arguments[0][1], bool):
        return 0
    return 0 if any(a.name == change.arguments[0][0] for a in construction.arguments) else weights.NOT_WRITTEN


def _changes(fault: Fault, node: Node, names: Iterable[str]) -> Iterator[Change]:
    """Other values of these arguments, in the layer and in those that it wraps."""
    for inner, own in _levels(node.config):
        for name in names:
            now, cost = own.get(name), costs.WEIGHT_EFFORTS.get(name, costs.OTHER_WEIGHT_EFFORT)
            for value, further in _values(fault, node, inner, name, now):
                if not same_value(value, now):
                    yield Change(((name, value),), cost + further, inner, solved=True)


def _values(fault: Fault, node: Node, inner: tuple[str, ...], name: str, now: object) -> Iterator[tuple[object, float]]:
    """Other values of one argument: the expected sizes, what the expected count comes from, a small grid."""
    sizes = _expected_sizes(fault)
    match now:
        case bool():
            yield not now, 0
        case int():
            yield from ((size, 0) for size in dict.fromkeys(sizes))
            yield from ((size, 0) for size in _counted(fault, node, inner, name))
        case tuple() | list() if now and all(type(entry) is int for entry in now):
            ndim = len(now)
            leading = sizes[:ndim]
            yield from [(leading, 0)] if len(leading) == ndim else []
            for size in WINDOWS:
                yield (size,) * ndim, costs.WEIGHT_WINDOWS.get(size, costs.OTHER_WINDOW)


def _expected_sizes(fault: Fault) -> tuple[int, ...]:
    expectations = [check.target.expectation for check in fault.weights]
    return tuple(size for each in expectations if each.quantity == "weights" for size in expected_sizes(each))


def _counted(fault: Fault, node: Node, inner: tuple[str, ...], name: str) -> list[int]:
    """The values of an integer for which the count is the expected one; counts grow with its square at most."""
    counts = (expected_count(check.target.expectation) for check in fault.weights)
    count = next((each for each in counts if each is not None), None)
    target = fault.graph.nodes.get(fault.weights[0].target.call or 0)
    if count is None or target is None:
        return []
    points = []
    for value in (1, 2, 3):
        patch = ChangeArguments((node.index,), Change(((name, value),), 0, inner)).patch(fault.graph)
        scenario = propagate(fault.graph, patch)
        built = None if scenario.refusal is not None else weights_in(fault.analysis, target, patch, scenario)
        if built is None:
            return []
        points.append(parameters_in(built))
    return _roots(points, count)


def _levels(config: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """The config, and those of the layers wrapped in it, each with the way to it."""
    yield (), config
    for key in WRAPPED:
        if isinstance(config.get(key), dict) and "config" in config[key]:
            for inner, own in _levels(config[key]["config"]):
                yield (key, *inner), own


def _roots(points: list[int], count: int) -> list[int]:
    """The positive integers at which the polynomial through (1, 2, 3) is `count`."""
    twice = points[2] - 2 * points[1] + points[0]
    a, b = twice, 2 * (points[1] - points[0]) - 3 * twice
    c = 2 * (points[0] - count) - a - b
    if a == 0:
        return [-c // b] if b and c % b == 0 and -c // b > 0 else []
    square = b * b - 4 * a * c
    if square < 0 or isqrt(square) ** 2 != square:
        return []
    tops = {-b + isqrt(square), -b - isqrt(square)}
    return sorted(top // (2 * a) for top in tops if top % (2 * a) == 0 and top // (2 * a) > 0)
