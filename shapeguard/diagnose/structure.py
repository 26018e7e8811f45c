"""Faults of structure: a layer that is missing, one too many, or of the wrong class."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from shapeguard.diagnose.candidates import Candidate
from shapeguard.diagnose.functions import OperationRule
from shapeguard.diagnose.rules import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from shapeguard.diagnose.goals import Goal
    from shapeguard.diagnose.graph import Graph, Node
    from shapeguard.records import Shape

INSERT_FLATTEN = 0.2
INSERT_LATER = 0.75
INSERT_POOLING = 0.45
INSERT_ELSEWHERE = 0.9
REMOVE = 1.6


def flattened(inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
    """What Flatten makes of the first input."""
    rest = inputs[0][1:]
    if len(rest) < 2:
        return Refusal("nothing to flatten")
    size = None if any(d is None for d in rest) else prod(d for d in rest if d is not None)
    return ((inputs[0][0], size), *inputs[1:])


def pooled(inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
    """What global pooling makes of the first input."""
    if len(inputs[0]) not in (3, 4, 5):
        return Refusal("global pooling takes rank 3, 4 or 5")
    return ((inputs[0][0], inputs[0][-1]), *inputs[1:])


def structural_candidates(graph: Graph, suspects: Iterable[Node], goals: Iterable[Goal]) -> Iterator[Candidate]:
    """Insertions of Flatten and global pooling before a layer, and removals of layers that nobody speaks of."""
    spoken_of = {goal.call for goal in goals if goal.target is not None}
    for node in suspects:
        if node.is_input or isinstance(node.rule, OperationRule) or not node.inputs:
            continue
        shape = graph.inputs_of(node)[0]
        if len(shape) > 2:
            yield _insertion(node, "Flatten()", flattened, _flatten_cost(graph, node))
            if len(shape) in (3, 4, 5):
                name = f"GlobalAveragePooling{len(shape) - 2}D()"
                yield _insertion(node, name, pooled, _pooling_cost(graph, node))
        if node.index not in spoken_of and node.index != graph.crashed and len(node.inputs) == len(node.outputs) == 1:
            yield _removal(graph, node)


def _is_dense(node: Node) -> bool:
    return node.call.layer_type == "Dense"


def _flatten_cost(graph: Graph, node: Node) -> float:
    """People forget it where the grid ends: before the first Dense, not between two of them, nor behind a sequence."""
    if not _is_dense(node) or _ends_sequence(graph, node) or set(graph.inputs_of(node)[0][1:-1]) == {1}:
        return INSERT_ELSEWHERE
    maker = graph.producer.get(node.inputs[0])
    return INSERT_LATER if maker is not None and _is_dense(graph.nodes[maker]) else INSERT_FLATTEN


def _pooling_cost(graph: Graph, node: Node) -> float:
    likely = _is_dense(node) and not _ends_sequence(graph, node) and set(graph.inputs_of(node)[0][1:-1]) != {1}
    return INSERT_POOLING if likely else INSERT_ELSEWHERE + 0.2


def _ends_sequence(graph: Graph, node: Node) -> bool:
    """Whether what enters the node comes from a recurrent layer, behind layers that keep the shape."""
    maker = graph.nodes.get(graph.producer.get(node.inputs[0], -1))
    while maker is not None and maker.inputs and graph.inputs_of(maker)[:1] == graph.outputs_of(maker)[:1]:
        maker = graph.nodes.get(graph.producer.get(maker.inputs[0], -1))
    if maker is None or maker.rule is None:
        return False
    wrapped = maker.config.get("layer")
    names = getattr(maker.rule, "arguments", ())
    return "return_sequences" in names or (
        isinstance(wrapped, dict) and "return_sequences" in wrapped.get("config", {})
    )


def _insertion(node: Node, text: str, function: Callable[[tuple[Shape, ...]], object], cost: float) -> Candidate:
    return Candidate("structure", "insert_before", text, (node.index,), inserted={node.index: function}, cost=cost)


def _removal(graph: Graph, node: Node) -> Candidate:
    value = node.outputs[0]
    shape = graph.inputs_of(node)[0]
    return Candidate("structure", "remove", None, (node.index,), values={value: shape}, cost=REMOVE)
