"""The first line of a diagnosis: the layer, what was expected of it and what came."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from shapeguard.diagnosis.handed_over import is_of_validation
from shapeguard.keras_compat import messages
from shapeguard.records.source import OperationName

if TYPE_CHECKING:
    from shapeguard.diagnosis.constraints import Constraint
    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.diagnosis.problem import Problem
    from shapeguard.records.network import Feed, Shape

LONGEST = 160


def headline(problem: Problem, graph: Graph, constraint: Constraint | None, layer: str, layer_type: str) -> str:
    """The first line; "" if layer, expected and actual shape say it all."""
    owner = layer.in_words if isinstance(layer, OperationName) else f"layer '{layer}' ({layer_type})"
    is_users = constraint is not None and constraint.target is not None
    if constraint is not None and constraint.target is not None and constraint.target.expectation.origin == "unpacking":
        given = len(graph.network.calls[constraint.call].outputs)
        tensors = "1 tensor" if given == 1 else f"{given} tensors"
        return f"{owner} returns {tensors}, unpacked into {len(constraint.specs)}"
    if problem.failure is not None and graph.refused is not None and not is_users:
        return _of_refusal(problem.failure.text, graph, graph.refused, owner)
    return "" if constraint is None else _of_targets(problem, graph, constraint, owner)


def _of_refusal(text: str, graph: Graph, refused: Node, owner: str) -> str:
    inputs = graph.inputs_of(refused)
    refusal = graph.forward(refused, inputs, refused.config)
    shapes = str(inputs[0]) if len(inputs) == 1 else ", ".join(map(str, inputs))
    return f"{owner} does not accept {shapes}: {refusal_text(getattr(refusal, 'reason', '') or text)}".rstrip(": ")


def refusal_text(text: str) -> str:
    """The first line of what Keras says, without the layer and the shape that the headline names itself."""
    return _cut(messages.RECEIVED.sub("", messages.REFUSED_INPUT.sub("", messages.first_line(text))))


def _cut(text: str) -> str:
    return textwrap.shorten(text, LONGEST, placeholder=" ...") if len(text) > LONGEST else text


def _of_targets(problem: Problem, graph: Graph, constraint: Constraint, owner: str) -> str:
    """That targets do not fit an output; "" of another constraint."""
    feed = problem.feed
    compared = None if feed is None or constraint.output is None else feed.targets[constraint.output]
    if feed is None or constraint.output is None or compared is None:
        return ""
    actual = graph.shapes.get(constraint.values[0], ())
    loss = feed.loss[constraint.output]
    return of_targets(feed, compared, actual, owner, f"loss '{None if loss is None else loss.name}'")


def of_targets(feed: Feed, compared: Shape, actual: Shape, owner: str, by: str) -> str:
    """That targets do not fit an output beside a loss or a metric."""
    count = min((size for size in (feed.batch_size, feed.samples) if size), default=None)
    beside = " of validation_data" if is_of_validation(feed) else ""
    return f"targets {(count, *compared)}{beside} do not match the output {actual} of {owner} for {by}"
