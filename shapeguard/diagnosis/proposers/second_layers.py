"""A layer that serves two sizes: the call that Keras refuses gets a layer of its own."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from shapeguard.diagnosis.call_repairs import SplitLayer
from shapeguard.diagnosis.layer_specs import from_config
from shapeguard.diagnosis.scoring import call_costs as costs
from shapeguard.diagnosis.written_layers import WrittenLayer
from shapeguard.keras_compat import keras_layers
from shapeguard.layers import Refusal, rule_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Node
    from shapeguard.layers import Rule


def propose_second_layers(fault: Fault) -> Iterator[SplitLayer]:
    """A second layer for the refused call, if only the size that the first call built is in its way."""
    node = fault.graph.refused
    if node is None or not isinstance(node.call.operation, keras_layers.Layer):
        return
    first = fault.graph.nodes[fault.graph.same_layer[node.call.identity][0]]
    rule = rule_for(type(node.call.operation), node.config)
    inputs = fault.graph.inputs_of(node)
    if rule is None or first is node or fault.graph.inputs_of(first) == inputs:
        return
    code = _code(node, rule)
    if code is not None and not isinstance(rule.forward(node.config, inputs), Refusal):
        in_chain = first.index in node.upstream
        cost = costs.SECOND_IN_CHAIN if in_chain else costs.SECOND_BESIDE
        yield SplitLayer(node.index, code, partial(rule.forward, node.config), cost)


def _code(node: Node, rule: Rule) -> str | None:
    """The constructor call as it is written, without the name that only one layer may have."""
    place = WrittenLayer.of(node.construction)
    if place is not None and not any(keyword.arg == "name" for keyword in place.made.keywords):
        return place.source.text(place.source.span(place.made))
    spec = from_config(rule, node.config)
    return None if spec is None else spec.code
