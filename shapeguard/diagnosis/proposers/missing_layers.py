"""Layers that something is expected of and that nobody made: where they would give the shape that is expected."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from shapeguard.diagnosis.insertion_points import insertion, insertion_points, ways_behind
from shapeguard.diagnosis.layer_specs import LayerSpec, config_of_spec, from_config, minimal
from shapeguard.diagnosis.scoring import weights
from shapeguard.layers import arguments_with, classes_with, covered, traits_of, with_change
from shapeguard.spec import EMPTY, ShapeSpec, shapes_agree, wanted, with_free_batch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.diagnosis.layer_groups import LayerGroups
    from shapeguard.diagnosis.repairs import Insert
    from shapeguard.layers import Config, Rule
    from shapeguard.records.expectations import Expectation, Target
    from shapeguard.records.network import Network, Shape

MOST = 6
"""Expectations without a layer that are looked into; who has more of them has another model before him."""
NEAREST = 2


@dataclass(frozen=True, slots=True)
class MissingLayer:
    """What is expected of a layer that is not there; `before` is the call of the one listed next, if that is known."""

    expectation: Expectation
    before: int | None = None


def find_missing(
    network: Network, listed: Iterable[Expectation], targets: Iterable[Target], missing: Iterable[Expectation]
) -> tuple[MissingLayer, ...]:
    """The expectations whose layer was left out.

    Of a pass that ended early these are only those that are listed before a layer that it reached, in a list that is in
    the order of the calls: the others may still have come.
    """
    calls: dict[str, int] = {}
    for target in targets:
        if target.call is not None:
            calls.setdefault(target.expectation.target, target.call)
    order = [expectation.target for expectation in listed]
    reached = [(place, calls[name]) for place, name in enumerate(order) if name in calls]
    is_ordered = all(earlier <= later for (_, earlier), (_, later) in pairwise(reached))
    found = []
    for expectation in missing:
        place = order.index(expectation.target) if is_ordered and expectation.target in order else len(order)
        before = next((call for reached_place, call in reached if reached_place > place), None)
        if network.complete or before is not None:
            found.append(MissingLayer(expectation, before))
    return tuple(found)


def absent_layers(graph: Graph, suspects: Iterable[Node], absent: Iterable[MissingLayer]) -> Iterator[Insert]:
    """For each layer that is not there: what its name tells of, wherever that gives the shape that is expected."""
    every = [ways for node in suspects for ways in insertion_points(graph, node)]
    for each in list(absent)[:MOST]:
        constraint = _goal(each.expectation)
        if constraint is None:
            continue
        known: dict[tuple[str, Shape], LayerSpec | None] = {}
        for ways in every:
            node, slot = ways[0]
            shape = graph.inputs_of(node)[slot]
            for rule, cost in _rules_called(each.expectation.target.rpartition("/")[2], len(shape) - 2):
                key = rule.name, shape
                if key not in known:
                    known[key] = _fitted(graph, node, rule, shape, constraint)
                addition = known[key]
                if addition is not None:
                    there = each.before is None or each.before == node.index
                    yield insertion(ways, addition, cost + (0 if there else weights.ELSEWHERE))


def like_siblings(siblings: LayerGroups, wished: Iterable[tuple[Node, Shape]]) -> Iterator[Insert]:
    """Where a node should give another shape: a layer behind it that makes this of what it gives, as others do."""
    graph = siblings.graph
    for node, wish in wished:
        shape, ways = graph.outputs_of(node)[0], ways_behind(graph, node.outputs[0])
        for name in classes_with("changes_channels"):
            rule = covered()[name] if ways and name in siblings.by_class else None
            addition = None if rule is None else _fitted(graph, node, rule, shape, wish, changed=False)
            if addition is not None:
                yield insertion(ways, addition, weights.UNSAID)


def _goal(expectation: Expectation) -> Shape | None:
    spec = with_free_batch(expectation.spec)
    if expectation.quantity != "output" or not isinstance(spec, ShapeSpec) or spec.ndim is None:
        return None
    return wanted(spec, spec.ndim, EMPTY)


def _rules_called(name: str, axes: int) -> Iterator[tuple[Rule, float]]:
    """The rules of the classes that a layer of this name may have, with the cost of believing so."""
    own = [rule for rule in covered().values() if is_called(name, rule.name)]
    if own:
        yield own[0], weights.ABSENT
        return
    meant = _classes_nicknamed(name.lower())
    for each in meant or classes_with("often_missing"):
        if traits_of(each).axes in {None, axes}:
            yield covered()[each], weights.ABSENT + (weights.BY_WORD if meant else weights.ANY)


def _classes_nicknamed(name: str) -> list[str]:
    """The classes that people call by the weightiest nickname in a name."""
    nicknames = {each: traits_of(each).nicknames for each in classes_with("nicknames")}
    found = {word: weight for words in nicknames.values() for word, weight in words.items() if word in name}
    word = max(found, key=found.__getitem__, default="")
    return [each for each, words in nicknames.items() if word in words]


def is_called(name: str, layer_type: str) -> bool:
    """Whether Keras gives such names to layers of the class: `max_pooling2d_1` to MaxPooling2D."""
    return name.rstrip("0123456789").rstrip("_").replace("_", "") == layer_type.lower()


def _fitted(
    graph: Graph, node: Node, rule: Rule, shape: Shape, constraint: Shape, *, changed: bool = True
) -> LayerSpec | None:
    """A layer of the class that makes of `shape` what is expected, like its siblings where they do; `None` if none.

    Without `changed` it may differ from them in its filters or units alone.
    """
    for config in _configs(graph, node, rule):
        for counted in (config, *_counted(rule, config, shape, constraint)):
            changes = rule.changes(counted, (shape,), (constraint,)) if changed else ()
            for tried in (counted, *(with_change(counted, change) for change in changes)):
                outputs = rule.forward(tried, (shape,)) if rule.covers(tried) else ()
                if isinstance(outputs, tuple) and len(outputs) == 1 and shapes_agree(outputs[0], constraint):
                    return from_config(rule, tried)
    return None


def _counted(rule: Rule, config: Config, shape: Shape, constraint: Shape) -> Iterator[Config]:
    """The config with as many filters or units as are expected."""
    for change in rule.changes(config, (shape,), (constraint,)):
        if change.solved and change.arguments[0][0] in arguments_with("counts"):
            yield with_change(config, change)


def _configs(graph: Graph, node: Node, rule: Rule) -> Iterator[Config]:
    """What a layer of the class may be made with: as the nearest ones of the network, then as Keras' defaults say."""
    siblings = sorted((abs(n.index - node.index), n.index) for n in graph.nodes.values() if n.rule is rule)
    for _, index in siblings[:NEAREST]:
        yield graph.nodes[index].config
    bare = minimal(rule)
    if bare is not None:
        yield config_of_spec(bare)
    for name in rule.traits.wraps:
        inner = minimal(covered()[name])
        if inner is not None:
            yield config_of_spec(LayerSpec(rule.name, (("layer", inner),)))
