"""How plausible a candidate is: the lower its cost, the sooner it is named."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.diagnosis.argument_values import same, value_of
from shapeguard.diagnosis.layer_groups import variable_of
from shapeguard.diagnosis.repairs import ChangeInput, Insert, Joint, change_of, is_keras_1_repair
from shapeguard.diagnosis.scoring.plausibility import oddness

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shapeguard.diagnosis.constraints import Constraint
    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.diagnosis.layer_groups import LayerGroups
    from shapeguard.diagnosis.repairs import Evaluated
    from shapeguard.layers import Change

PRIORS = {
    "strides": 0.0,
    "padding": 0.1,
    "data_format": 0.2,
    "return_sequences": 0.0,
    "return_state": 0.0,
    "output_padding": 0.1,
    "axis": 0.0,
    "axes": 0.0,
    "dims": 0.0,
    "units": 0.2,
    "filters": 0.2,
    "target_shape": 0.1,
    "pool_size": 0.5,
    "kernel_size": 0.9,
    "dilation_rate": 0.5,
    "merge_mode": 0.2,
}
OTHER_PRIOR = 0.3
SIBLING_AGREES = -0.35
SIBLING_DISAGREES = 0.35
DISTANCE = 0.04
DISTANCE_CAP = 0.4
LIKE_A_SIBLING = 0.3
NOBODY_USES = 0.25
ODD_ONE_OUT = -0.3
FIRST_OF_ITS_KIND = 0.4
UNCOMMON = 1.0
NO_POWER_OF_TWO = 0.15
TILES = -0.5
EVEN_KERNEL = 0.3
COUNTS = frozenset({"filters", "units", "output_dim"})
SMALL = 12
LARGER_THAN_ENOUGH = 0.3
PROJECTION = -0.8
AS_MOST = -0.6
OTHER_AXIS = -0.5
CHOOSES_AXES = frozenset({"data_format", "axis", "axes", "dims"})
MANY = 3
SUMS = frozenset({"Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"})
OF_THE_WHOLE_NETWORK = frozenset({"data_format"})
WEIGHT = {"data_format": 2.0}
BY_POSITION = frozenset({"return_sequences", "return_state"})
OF_A_WINDOW = ("kernel_size", "pool_size", "strides", "padding", "dilation_rate")
SPLIT_LINE = 0.5
SPLIT_VARIABLE = 0.2
OF_THE_TRUNK = 0.4
OF_A_CALLER = 0.4
WHOLE_SPAN = 0.05
EACH_OTHER_SPAN = 0.35
HABIT = -1.0
UNKNOWN = 1.0
NOT_WRITTEN = 0.4
MOST_UNWRITTEN = 3
RARELY_WRITTEN = 0.6
SKIPPING = 1.0
EXCHANGED = -0.6
AT_INPUT = {1: 0.5, 2: 0.3}
WRITTEN_ON_PURPOSE = frozenset({"strides", "kernel_size", "pool_size", "dilation_rate", "groups", "size"})


def cost_of(candidate: Evaluated, graph: Graph, siblings: LayerGroups, violated: Iterable[Constraint]) -> float:
    """The cost of one candidate; a margin of `weights.MARGIN` to the next blame makes it "the cause"."""
    if isinstance(candidate.repair, ChangeInput):
        return candidate.repair.cost - _nearness_to_input(candidate, graph, violated) + oddness(candidate, graph)
    change = change_of(candidate.repair)
    if change is None:
        inserted = isinstance(candidate.repair, Insert)
        return (
            candidate.repair.cost + (0.0 if inserted else _distance(candidate, graph, violated)) + _openness(candidate)
        )
    cost = change.effort * 0.6 + sum(PRIORS.get(name, OTHER_PRIOR) for name, _ in change.arguments)
    cost += _unwritten(candidate, graph, siblings)
    cost += _siblings(candidate, graph, siblings)
    cost += _skips(candidate)
    cost += _same_numbers(candidate, graph)
    cost += oddness(candidate, graph)
    cost += _spans(candidate, graph, siblings)
    cost += _distance(candidate, graph, violated)
    cost += _trunk(candidate, graph)
    cost += _projection(candidate, graph)
    cost += _meeting(candidate, graph)
    cost += _own_axis(candidate, violated)
    cost += _habit(candidate, graph)
    cost += _openness(candidate)
    cost += _uncommon(candidate, graph)
    cost += _window(candidate, graph)
    if len(change.arguments) > 1:
        cost += 1.0
    return cost


def prefer_smaller(candidates: Iterable[Evaluated], siblings: LayerGroups) -> list[Evaluated]:
    """The same, a change of several layers dearer than that of fewer of them, where those are whole spans."""
    ranked = list(candidates)
    alike: dict[str, list[int]] = {}
    for place, candidate in enumerate(ranked):
        change = change_of(candidate.repair)
        whole_network = candidate.repair.argument in OF_THE_WHOLE_NETWORK
        if change is not None and not isinstance(candidate.repair, Joint) and not whole_network:
            alike.setdefault(repr((change.inner, change.arguments)), []).append(place)
    for group in alike.values():
        for place in group:
            larger, smaller = ranked[place], [ranked[other] for other in group]
            own = set(larger.repair.nodes)
            whole = [c.score for c in smaller if set(c.repair.nodes) < own and _is_whole(c, siblings)]
            if whole:
                ranked[place] = replace(larger, score=max(larger.score, min(whole) + LARGER_THAN_ENOUGH))
    return ranked


def _is_whole(candidate: Evaluated, siblings: LayerGroups) -> bool:
    own = set(candidate.repair.nodes)
    return all(set(siblings.of_span(siblings.graph.nodes[i])) <= own for i in own)


def _openness(candidate: Evaluated) -> float:
    """A world in which something cannot be known is a worse answer."""
    return UNKNOWN if candidate.is_open else 0.0


def _nearness_to_input(candidate: Evaluated, graph: Graph, violated: Iterable[Constraint]) -> float:
    """What is wrong from the first layers on was wrong when it came in."""
    ends = [constraint.call for constraint in violated if constraint.call in graph.nodes]
    if graph.crashed is not None:
        ends.append(graph.crashed)
    if not ends:
        return 0.0
    steps = len([n for n in graph.between(candidate.repair.nodes[0], min(ends)) if not n.is_input])
    return AT_INPUT.get(steps, 0.0)


def _same_numbers(candidate: Evaluated, graph: Graph) -> float:
    """The user's own numbers in another order: axes that were exchanged."""
    change = change_of(candidate.repair)
    if change is None or len(change.arguments) > 1:
        return 0.0
    name, suggestion = change.arguments[0]
    now = value_of(graph.nodes[candidate.repair.nodes[0]].config, change, name)
    old, new = sorted(_numbers(now)), sorted(_numbers(suggestion))
    return EXCHANGED if len(old) > 1 and old == new else 0.0


def _numbers(value: object) -> list[int]:
    if isinstance(value, list | tuple):
        return [n for item in value for n in _numbers(item)]
    return [value] if isinstance(value, int) else []


def _skips(candidate: Evaluated) -> float:
    """Strides larger than the window leave part of the input unread: nobody means that."""
    config = next(iter(candidate.patch.configs.values()), {})
    strides, window = config.get("strides"), config.get("kernel_size") or config.get("pool_size")
    if not isinstance(strides, tuple) or not isinstance(window, tuple):
        return 0.0
    return SKIPPING if any(s > max(w, 2) for s, w in zip(strides, window, strict=False)) else 0.0


def _unwritten(candidate: Evaluated, graph: Graph, siblings: LayerGroups) -> float:
    """Who did not write a size does not have it wrong: defaults that people forget are padding, formats and flags."""
    change = change_of(candidate.repair)
    if change is None or change.inner or not any(name in WRITTEN_ON_PURPOSE for name, _ in change.arguments):
        return 0.0
    places = {siblings.of_span(graph.nodes[index])[0] for index in candidate.repair.nodes}
    left_out = [_left_out(graph.nodes[index], change) for index in places]
    rare = RARELY_WRITTEN if change.arguments[0][0] == "dilation_rate" and any(left_out) else 0.0
    return NOT_WRITTEN * min(sum(left_out), MOST_UNWRITTEN) + rare


def _left_out(node: Node, change: Change) -> int:
    made = node.construction
    if made is None or made.indirect:
        return 0
    written = {argument.name for argument in made.arguments}
    return sum(name in WRITTEN_ON_PURPOSE and name not in written for name, _ in change.arguments)


def _siblings(candidate: Evaluated, graph: Graph, siblings: LayerGroups) -> float:
    """What layers of the same class say: the values that they have, and calls that are like one another as a whole."""
    change = change_of(candidate.repair)
    if change is None:
        return 0.0
    node = graph.nodes[candidate.repair.nodes[0]]
    own = set(candidate.repair.nodes)
    others = siblings.nearest(node, own)
    total = 0.0
    for name, suggestion in change.arguments:
        total += _agreement(graph, node, _peers(graph, node, others, own, name, suggestion), change, name, suggestion)
    passed = any(_is_passed_in(node, name) for name, _ in change.arguments)
    return total / len(change.arguments) + (0.0 if passed else _likeness(node, others, change))


def _uncommon(candidate: Evaluated, graph: Graph) -> float:
    """A width such as 46 where 64 stands: nobody means that, but in a last layer, which has one unit a class."""
    change = change_of(candidate.repair)
    node = graph.nodes[candidate.repair.nodes[0]]
    if change is None or change.arguments[0][0] not in COUNTS or set(node.outputs) & set(graph.network.outputs):
        return 0.0
    name, suggestion = change.arguments[0]
    now = value_of(node.config, change, name)
    if _is_common(now) and not _is_common(suggestion):
        return UNCOMMON
    return NO_POWER_OF_TWO if _is_power_of_two(now) and not _is_power_of_two(suggestion) else 0.0


def _is_power_of_two(count: object) -> bool:
    return isinstance(count, int) and count > 0 and count & (count - 1) == 0


def _window(candidate: Evaluated, graph: Graph) -> float:
    """Windows as people choose them: a pooling as wide as its strides, a kernel with a middle."""
    change = change_of(candidate.repair)
    if change is None or change.inner or len(change.arguments) > 1:
        return 0.0
    config = graph.nodes[candidate.repair.nodes[0]].config
    name, suggestion = change.arguments[0]
    kernel = config.get("kernel_size")
    is_even = isinstance(kernel, list | tuple) and any(size % 2 == 0 for size in kernel)
    if name == "pool_size" and config.get("strides") is not None and same(suggestion, config["strides"]):
        return TILES
    if name == "kernel_size" and is_even and isinstance(suggestion, tuple) and all(size % 2 for size in suggestion):
        return -EVEN_KERNEL
    return EVEN_KERNEL if name == "padding" and suggestion == "same" and is_even else 0.0


def _is_common(count: object) -> bool:
    return isinstance(count, int) and (count <= SMALL or count % 8 == 0 or count % 10 == 0 or count % 25 == 0)


def _peers(graph: Graph, node: Node, others: list[Node], own: set[int], name: str, suggestion: object) -> list[Node]:
    """The layers whose value of this argument tells something about that of the candidate.

    None where a variable was written: who passes a value in means it to differ. A convolution of single pixels says
    nothing of the windows of a few others; where there are many, the window may be the slip. Who did not write a
    format has the default: that speaks for the default, not against another format.
    """
    if name in BY_POSITION or _is_passed_in(node, name):
        return []
    if name in OF_A_WINDOW and len(others) < MANY:
        return [other for other in others if _is_pointwise(other) == _is_pointwise(node)]
    if name in OF_THE_WHOLE_NETWORK:
        others = [other for other in graph.nodes.values() if other.index not in own and name in other.config]
        is_default = suggestion == "channels_last" or not _is_written(node, name)
        return others if is_default else [other for other in others if _is_written(other, name)]
    return others


def _is_written(node: Node, name: str) -> bool:
    """Whether the constructor call names the argument; also where that is not known."""
    made = node.construction
    return made is None or made.indirect or any(argument.name == name for argument in made.arguments)


def _is_passed_in(node: Node, name: str) -> bool:
    return name == "strides" and variable_of(node.construction, name) is not None


def _is_pointwise(node: Node) -> bool:
    kernel = node.config.get("kernel_size")
    return isinstance(kernel, list | tuple) and all(size == 1 for size in kernel)


def _agreement(graph: Graph, node: Node, peers: list[Node], change: Change, name: str, suggestion: object) -> float:
    now = _counted(graph, node, name, value_of(graph.config_of(node), change, name))
    wanted = _counted(graph, node, name, suggestion)
    values = [_counted(graph, peer, name, value_of(peer.config, change, name)) for peer in peers]
    agree = sum(same(v, wanted) for v in values) / max(len(values), 1)
    stay = sum(same(v, now) for v in values) / max(len(values), 1)
    cost = (SIBLING_AGREES * agree + SIBLING_DISAGREES * stay) * WEIGHT.get(name, 1.0)
    if name in OF_A_WINDOW and peers:
        trust = min(len(peers), 2) / 2
        cost += trust * (NOBODY_USES * (not agree) + ODD_ONE_OUT * (agree > 0 and not stay))
    if name == "kernel_size" and not agree and same(suggestion, 1):
        cost += FIRST_OF_ITS_KIND
    return cost


def _counted(graph: Graph, node: Node, name: str, value: object) -> object:
    """An axis counted from the front, so that -1 and 3 are one; any other value as it is."""
    if name != "axis" or not isinstance(value, int) or not node.inputs:
        return value
    ndim = len(graph.inputs_of(node)[0])
    return value % ndim if -ndim <= value < ndim else value


def _likeness(node: Node, others: list[Node], change: Change) -> float:
    """Whether the layer's whole window is that of a sibling after the change, and was not before, or the reverse."""
    names = tuple(name for name in OF_A_WINDOW if name in node.config)
    if change.inner or "kernel_size" not in names or not any(name in names for name, _ in change.arguments):
        return 0.0
    changed = {**node.config, **dict(change.arguments)}
    before = any(all(same(o.config.get(n), node.config[n]) for n in names) for o in others)
    after = any(all(same(o.config.get(n), changed[n]) for n in names) for o in others)
    return LIKE_A_SIBLING * (before - after)


def _spans(candidate: Evaluated, graph: Graph, siblings: LayerGroups) -> float:
    """How many places of the program would change, and which would have to be split first."""
    own = set(candidate.repair.nodes)
    node = graph.nodes[candidate.repair.nodes[0]]
    if candidate.repair.argument in OF_THE_WHOLE_NETWORK and own == set(
        siblings.with_data_format(node.config.get("data_format"))
    ):
        return WHOLE_SPAN
    first = siblings.of_span(node)
    variables = [set(group) for group in siblings.of_variable(node, candidate.repair.argument) if len(group) > 1]
    if len(own) == 1:
        return SPLIT_LINE if len(first) > 1 else SPLIT_VARIABLE * bool(variables)
    if own in variables:
        return WHOLE_SPAN + OF_A_CALLER * (candidate.repair.argument in COUNTS)
    spans = {frozenset(siblings.of_span(graph.nodes[i])) for i in own}
    split = sum(SPLIT_LINE for span in spans if not span <= own)
    if is_keras_1_repair(candidate.repair, graph):
        return WHOLE_SPAN + split
    return WHOLE_SPAN + split + EACH_OTHER_SPAN * min(len(spans) - 1, 3)


def _distance(candidate: Evaluated, graph: Graph, violated: Iterable[Constraint]) -> float:
    if not candidate.repair.nodes:
        return 0.0
    ends = [constraint.call for constraint in violated if constraint.call in graph.nodes]
    if graph.crashed is not None:
        ends.append(graph.crashed)
    last = max((n for n in candidate.repair.nodes), default=0)
    steps = [sum(1 for node in graph.between(last, end) if not node.is_input) - 1 for end in ends[:1]]
    return min(DISTANCE * max(steps[0], 0), DISTANCE_CAP) if steps else 0.0


def _trunk(candidate: Evaluated, graph: Graph) -> float:
    """Of a branch and the trunk that it is added to, the branch has the wrong width."""
    if graph.crashed is None or candidate.repair.argument not in COUNTS:
        return 0.0
    makers = [graph.producer[v] for v in graph.nodes[graph.crashed].inputs if v in graph.producer]
    ways = [graph.nodes[index].upstream for index in makers]
    return OF_THE_TRUNK if len(ways) > 1 and all(set(candidate.repair.nodes) <= way for way in ways) else 0.0


def _projection(candidate: Evaluated, graph: Graph) -> float:
    """A convolution of single pixels on the way into a sum is there to make the ways alike."""
    if (
        graph.crashed is None
        or candidate.repair.argument not in {"strides", "filters"}
        or len(candidate.repair.nodes) != 1
    ):
        return 0.0
    node, merge = graph.nodes[candidate.repair.nodes[0]], graph.nodes[graph.crashed]
    if merge.call.layer_type not in SUMS or not _is_pointwise(node):
        return 0.0
    return PROJECTION if graph.outputs_of(node)[0] in graph.inputs_of(merge) and _leads(graph, node, merge) else 0.0


def _own_axis(candidate: Evaluated, violated: Iterable[Constraint]) -> float:
    """What is expected of a layer is what it gives of another axis: no number that has to be drawn says as much."""
    calls = {constraint.call for constraint in violated}
    return OTHER_AXIS if candidate.repair.argument in CHOOSES_AXES and {*candidate.repair.nodes} == calls else 0.0


def _meeting(candidate: Evaluated, graph: Graph) -> float:
    """Ways that are added are made as wide as most of them are, not as some other number."""
    if graph.crashed is None or candidate.repair.argument not in COUNTS or len(candidate.repair.nodes) < MANY:
        return 0.0
    merge = graph.nodes[graph.crashed]
    widths = Counter(shape[-1] for shape in graph.inputs_of(merge) if shape)
    is_sum = merge.call.layer_type in SUMS and len(widths) > 1
    return AS_MOST if is_sum and candidate.repair.suggestion == widths.most_common(1)[0][0] else 0.0


def _leads(graph: Graph, node: Node, merge: Node) -> bool:
    """Whether nothing but layers that keep the shape stands between."""
    return all(
        graph.inputs_of(each)[:1] == graph.outputs_of(each)[:1]
        for each in graph.between(node.index, merge.index)
        if each.index not in {node.index, merge.index}
    )


def _habit(candidate: Evaluated, graph: Graph) -> float:
    return HABIT if is_keras_1_repair(candidate.repair, graph) else 0.0
