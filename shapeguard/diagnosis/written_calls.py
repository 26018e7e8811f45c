"""Where in the source a call of a layer or an operation is written, and which other calls the same text makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.diagnosis.keras_fallback import LayerRule, OperationRule
from shapeguard.diagnosis.rebuilt_calls import shapes_in
from shapeguard.diagnosis.written_layers import WrittenLayer
from shapeguard.keras_compat import keras_layers
from shapeguard.source import frames, trees
from shapeguard.source.layer_places import Applied, calls_of_layer

if TYPE_CHECKING:
    import ast

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.source.trees import Source


@dataclass(frozen=True, slots=True)
class WrittenCall:
    """An expression of the source, and the `nodes` of the calls that it makes."""

    source: Source
    expression: ast.expr
    nodes: tuple[int, ...]

    @classmethod
    def of(cls, analysis: Analysis, node: Node) -> WrittenCall | None:
        """The expression that makes a call; `None` where that is not one place, seen in the source."""
        if isinstance(node.rule, OperationRule) and not isinstance(node.rule, LayerRule):
            return _of_operation(analysis.graph, node)
        place = WrittenLayer.of(node.construction)
        if place is None:
            return None
        graph = analysis.graph
        identities = [graph.nodes[index].call.identity for index in analysis.groups.of_span(node)]
        entrance = place.entrance
        if isinstance(entrance, Applied):
            calls = sorted(index for identity in identities for index in graph.same_layer[identity])
            return cls(place.source, entrance.call, tuple(calls))
        written = calls_of_layer(place.source, place.made) if len(identities) == 1 else []
        number = _number_of(analysis, node, len(written))
        if number is None or not _may_raise(analysis, node, place.source, written[number]):
            return None
        return cls(place.source, written[number], (node.index,))


def _of_operation(graph: Graph, node: Node) -> WrittenCall | None:
    """The call or the operator that an operation is written as."""
    span = None if node.construction is None else node.construction.call
    source = None if span is None or frames.is_library(span.file) else trees.source_of(span.file)
    written = None if source is None or span is None else source.expression_at(span)
    if source is None or written is None:
        return None
    return WrittenCall(source, written, tuple(graph.same_layer[node.call.identity]))


def _number_of(analysis: Analysis, node: Node, written: int) -> int | None:
    """Which of the written calls of a layer a call is, from 0; `None` where that is not certain.

    In a functional model the pass has an order of its own: there the shapes tell which call it is.
    """
    graph, made = analysis.graph, keras_layers.symbolic_calls(node.call.operation)
    if node.call.failure is None and made:
        taken = [shape[1:] for shape in graph.inputs_of(node)]
        alike = [place for place, given in enumerate(made) if [shape[1:] for shape in shapes_in(given)] == taken]
        return alike[0] if len(made) == written and len(alike) == 1 else None
    calls, number = len(graph.same_layer[node.call.identity]), node.call.number - 1
    is_known = calls == written if graph.network.complete else calls <= written
    return number if is_known and number < written else None


def _may_raise(analysis: Analysis, node: Node, source: Source, call: ast.Call) -> bool:
    """Whether a call is on the line that raised, if it is the one that Keras refused."""
    raised = analysis.problem.raised_at
    if node.call.failure is None or raised is None or raised.file != source.file:
        return True
    return trees.holds(call, raised.line) or raised.line <= call.lineno <= raised.end_line
