"""A layer that is called on the wrong one of two tensors: the projection of a skip that stands on the main way."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from shapeguard.diagnosis.axis_edits import tensor_at
from shapeguard.diagnosis.call_repairs import RedirectCall
from shapeguard.diagnosis.keras_fallback import OperationRule
from shapeguard.diagnosis.scoring import call_costs as costs
from shapeguard.diagnosis.written_calls import WrittenCall
from shapeguard.diagnosis.written_layers import WrittenLayer
from shapeguard.keras_compat import keras_layers
from shapeguard.source.layer_places import Applied
from shapeguard.source.redirected_calls import redirected_call

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Graph, Node

NEAREST = 4
"""Layers before the meeting that are looked at on each way."""


def propose_redirections(fault: Fault) -> Iterator[RedirectCall]:
    """A layer on one way into the refused call, called on what comes on the other way instead."""
    graph, meeting = fault.graph, fault.graph.refused
    if meeting is None or len(meeting.inputs) != 2 or graph.meets_weight(meeting):
        return
    written = WrittenCall.of(fault.analysis, meeting)
    for slot in (0, 1):
        other = None if written is None else tensor_at(written, meeting, slot)
        if written is not None and other is not None:
            for node in _layers_before(graph, meeting.inputs[1 - slot]):
                yield from _redirected(graph, meeting, node, slot, (written.expression, other))


def _redirected(
    graph: Graph, meeting: Node, node: Node, slot: int, written: tuple[ast.expr, ast.expr]
) -> Iterator[RedirectCall]:
    """The call of a layer on the other tensor, which is written so where the two meet, if one text says it."""
    place = WrittenLayer.of(node.construction)
    entrance = None if place is None else place.entrance
    if place is None or not isinstance(entrance, Applied) or isinstance(node.rule, OperationRule):
        return
    redirected = redirected_call(place.source, entrance.call, *written)
    if redirected is not None and node.rule is not None:
        shape = graph.inputs_of(node)[0]
        cost = costs.REDIRECTED_CALL + (0 if shape == graph.outputs_of(node)[0] else costs.REDIRECTED_CALL_OF_USE)
        forward = partial(node.rule.forward, node.config)
        yield RedirectCall(node.index, node.outputs[0], shape, meeting.index, slot, forward, redirected, cost)


def _layers_before(graph: Graph, value: int) -> Iterator[Node]:
    """The layers of one tensor, called once, on the straight way to a value; the nearest first.

    An index or another operation on the way is meant for what the layer gives where it stands.
    """
    for _ in range(NEAREST):
        node = graph.nodes.get(graph.producer.get(value, -1))
        if node is None or not isinstance(node.call.operation, keras_layers.Layer):
            return
        if len(node.inputs) != 1 or len(node.outputs) != 1 or len(graph.consumers[value]) != 1:
            return
        if len(graph.same_layer[node.call.identity]) == 1 and not node.comes_in:
            yield node
        value = node.inputs[0]
