"""Layers that something is expected of and that nobody made: where they would give the shape that is expected."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from shapeguard.diagnose.functions import OperationRule
from shapeguard.diagnose.goals import agrees
from shapeguard.diagnose.rules import applied, covered
from shapeguard.diagnose.structure import configured, insertion, is_called, text_of
from shapeguard.spec import EMPTY, ShapeSpec, wanted, with_free_batch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from shapeguard.diagnose.candidates import Candidate
    from shapeguard.diagnose.graph import Graph, Node
    from shapeguard.diagnose.rules import Rule
    from shapeguard.records import Expectation, Shape

COUNTS = ("filters", "units")
REQUIRED: Mapping[str, Any] = {"filters": 1, "units": 1, "kernel_size": 3}
"""Arguments without a default, with a value to begin with."""
ABSENT = 0.15
SLOTS = 4
NEAREST = 2


def absent_layers(graph: Graph, suspects: Iterable[Node], absent: Iterable[Expectation]) -> Iterator[Candidate]:
    """For each expectation of a layer that is not there: the layer its name tells of, wherever its shape comes out."""
    places = [
        (node, slot, shape)
        for node in suspects
        if not node.is_input and not isinstance(node.rule, OperationRule)
        for slot, shape in enumerate(graph.inputs_of(node)[:SLOTS])
    ]
    for expectation in absent:
        for rule in covered().values() if expectation.quantity == "output" else ():
            if is_called(expectation.target.rpartition("/")[2], rule.name) and set(COUNTS) & set(rule.arguments):
                yield from _placed(graph, places, rule, expectation)


def _placed(
    graph: Graph, places: Iterable[tuple[Node, int, Shape]], rule: Rule, expectation: Expectation
) -> Iterator[Candidate]:
    siblings = [node for node in graph.nodes.values() if node.rule is rule]
    for node, slot, shape in places:
        by_distance = sorted((abs(sibling.index - node.index), sibling.index) for sibling in siblings)
        for config in (*(graph.nodes[index].config for _, index in by_distance[:NEAREST]), _plain(rule)):
            arguments = _fitted(rule, config, shape, expectation)
            if arguments is not None:
                function = partial(rule.forward, configured(rule.name, tuple(arguments.items())))
                made = (rule.name, arguments)
                yield insertion(node, slot, text_of(rule.name, arguments), function, ABSENT, made)
                break


def _plain(rule: Rule) -> Mapping[str, Any]:
    """The config of a layer of which only what must be is said."""
    return configured(rule.name, tuple((name, REQUIRED[name]) for name in REQUIRED if name in rule.arguments))


def _fitted(rule: Rule, config: Mapping[str, Any], shape: Shape, expectation: Expectation) -> dict[str, Any] | None:
    """The arguments of a layer like this one that makes of `shape` what is expected; `None` where none does."""
    spec = with_free_batch(expectation.spec)
    goal = wanted(spec, spec.ndim, EMPTY) if isinstance(spec, ShapeSpec) and spec.ndim is not None else None
    if goal is None or goal[-1] is None:
        return None
    counted = {**config, next(name for name in COUNTS if name in config): goal[-1]}
    tried = (applied(counted, change) for change in rule.changes(counted, (shape,), (goal,)) if not change.inner)
    for candidate in (counted, *tried):
        outputs = rule.forward(candidate, (shape,))
        if isinstance(outputs, tuple) and len(outputs) == 1 and agrees(outputs[0], goal):
            plain = _plain(rule)
            names = dict.fromkeys((*(name for name in REQUIRED if name in rule.arguments), *rule.arguments))
            return {
                name: candidate[name]
                for name in names
                if name in REQUIRED or (name in candidate and candidate[name] != plain.get(name))
            }
    return None
