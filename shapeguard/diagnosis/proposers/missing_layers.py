"""Layers that something is expected of and that nobody made: where they would give the shape that is expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.insertion_points import insertion, insertion_points, ways_behind
from shapeguard.diagnosis.layer_specs import LayerSpec, config_of_spec, from_config, minimal
from shapeguard.diagnosis.required_outputs import required_outputs
from shapeguard.diagnosis.scoring import costs
from shapeguard.layers import Role, arguments_with, classes_with, covered, role_of, traits_of, with_change
from shapeguard.spec import EMPTY, ShapeSpec, shapes_agree, wanted, with_free_batch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.diagnosis.insertion_points import Ways
    from shapeguard.diagnosis.left_out import MissingLayer
    from shapeguard.diagnosis.repairs import Insert
    from shapeguard.layers import Config, Rule
    from shapeguard.records.expectations import Expectation
    from shapeguard.records.network import Shape

MOST = 6
"""Expectations without a layer that are looked into; who has more of them has another model before him."""
NEAREST = 2
NODES = 24
"""Nodes before the fault behind which a layer like its siblings is tried."""


def propose_missing_layers(fault: Fault) -> Iterator[Insert]:
    """For each layer that is not there: what its name tells of, wherever that gives the shape that is expected."""
    graph = fault.graph
    every = [ways for node in fault.suspects for ways in insertion_points(graph, node)]
    for missing in fault.analysis.problem.absent[:MOST]:
        expected = _expected(missing.expectation)
        if expected is not None:
            yield from _insertions(graph, missing, expected, every)


def _insertions(graph: Graph, missing: MissingLayer, expected: Shape, every: Iterable[Ways]) -> Iterator[Insert]:
    known: dict[tuple[str, Shape], LayerSpec | None] = {}
    for ways in every:
        node, slot = ways[0]
        shape = graph.inputs_of(node)[slot]
        for rule, cost in _rules_called(missing.expectation.target.rpartition("/")[2], len(shape) - 2):
            key = rule.name, shape
            if key not in known:
                known[key] = _fitted(graph, node, rule, shape, expected)
            layer = known[key]
            if layer is not None:
                there = missing.before is None or missing.before == node.index
                yield insertion(ways, layer, cost + (0 if there else costs.ELSEWHERE))


def propose_layers_like_siblings(fault: Fault) -> Iterator[Insert]:
    """Where a node should give another shape: a layer behind it that makes this of what it gives, as others do."""
    graph = fault.graph
    for node in fault.suspects[:NODES]:
        for required in required_outputs(fault, node) if len(node.outputs) == 1 else ():
            shape, ways = graph.outputs_of(node)[0], ways_behind(graph, node.outputs[0])
            if any(role_of(taker.call.layer_type) is Role.EMBEDDING for taker, _ in ways):
                continue  # it takes whole numbers, which no layer that computes gives
            for name in classes_with("changes_channels"):
                rule = covered()[name] if ways and name in fault.groups.by_class else None
                layer = None if rule is None else _fitted(graph, node, rule, shape, required, changed=False)
                if layer is not None:
                    yield insertion(ways, layer, costs.UNSAID)


def _expected(expectation: Expectation) -> Shape | None:
    spec = with_free_batch(expectation.spec)
    if expectation.quantity != "output" or not isinstance(spec, ShapeSpec) or spec.ndim is None:
        return None
    return wanted(spec, spec.ndim, EMPTY)


def _rules_called(name: str, axes: int) -> Iterator[tuple[Rule, float]]:
    """The rules of the classes that a layer of this name may have, with the cost of believing so."""
    own = [rule for rule in covered().values() if is_called(name, rule.name)]
    if own:
        yield own[0], costs.ABSENT
        return
    meant = _classes_nicknamed(name.lower())
    for each in meant or classes_with("often_missing"):
        if traits_of(each).axes in {None, axes}:
            yield covered()[each], costs.ABSENT + (costs.BY_WORD if meant else costs.ANY)


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
    graph: Graph, node: Node, rule: Rule, shape: Shape, expected: Shape, *, changed: bool = True
) -> LayerSpec | None:
    """A layer of the class that makes of `shape` what is expected, like its siblings where they do; `None` if none.

    Without `changed` it may differ from them in its filters or units alone.
    """
    for config in _configs(graph, node, rule):
        for counted in (config, *_counted(rule, config, shape, expected)):
            changes = rule.changes(counted, (shape,), (expected,)) if changed else ()
            for tried in (counted, *(with_change(counted, change) for change in changes)):
                outputs = rule.forward(tried, (shape,)) if rule.covers(tried) else ()
                if isinstance(outputs, tuple) and len(outputs) == 1 and shapes_agree(outputs[0], expected):
                    return from_config(rule, tried)
    return None


def _counted(rule: Rule, config: Config, shape: Shape, expected: Shape) -> Iterator[Config]:
    """The config with as many filters or units as are expected."""
    for change in rule.changes(config, (shape,), (expected,)):
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
