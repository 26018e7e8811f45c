"""A target beside the output and the loss with which it is compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.layers.activations import SOFTMAX, activation_of, hands_on
from shapeguard.layers.losses import ROWS
from shapeguard.records.targets import TargetValues

if TYPE_CHECKING:
    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.graph import Graph
    from shapeguard.records.network import Feed, Shape
    from shapeguard.records.targets import CompiledLoss

UNKNOWN = TargetValues()


@dataclass(frozen=True, slots=True)
class Compared:
    """A target beside the output of a layer, both without the batch axis; `activation` is the last one before it."""

    slot: int
    layer: str
    loss: CompiledLoss
    targets: Shape
    values: TargetValues
    output: Shape
    activation: str = ""

    @classmethod
    def at(cls, analysis: Analysis, slot: int) -> Compared | None:
        """What an output of the model is compared with; `None` for nothing, or where the output is not known."""
        feed, outputs = analysis.problem.feed, analysis.graph.network.outputs
        if feed is None or slot >= min(len(outputs), len(feed.targets), len(feed.loss)):
            return None
        targets, loss, maker = feed.targets[slot], feed.loss[slot], analysis.graph.producer.get(outputs[slot])
        if targets is None or loss is None or maker is None:
            return None
        values = (feed.values[slot] if slot < len(feed.values) else None) or UNKNOWN
        node = analysis.graph.nodes[maker]
        output = analysis.graph.shapes[outputs[slot]][1:]
        activation = _activation_of(analysis.graph, outputs[slot])
        return cls(slot, node.call.layer, loss, targets, values, output, activation)

    @property
    def classes(self) -> int | None:
        """The size of the axis of the classes, `None` where there is none or no choice."""
        size = self.output[-1] if self.output else None
        return size if size is not None and size > 1 else None

    @property
    def has_value_for_each_class(self) -> bool:
        """Whether the values of the output belong together: behind a softmax, or under a loss of one for each class."""
        return self.activation == SOFTMAX or self.loss.name in ROWS

    @property
    def is_regression(self) -> bool:
        """Whether the values are certainly no numbers of classes."""
        return self.values.kind == "numbers" or (self.values.kind == "probabilities" and self.values.is_input)

    @property
    def may_be_class_numbers(self) -> bool:
        """Whether the targets may be numbers of the classes of which the output has a value for each."""
        before = self.output[:-1]
        is_alike = self.classes is not None and self.targets in (before, (*before, 1))
        return is_alike and self.values.kind in (None, "whole numbers") and not self.exceeds

    @property
    def exceeds(self) -> bool:
        """Whether the greatest value is the number of no class."""
        return self.classes is not None and self.values.greatest >= self.classes


def _activation_of(graph: Graph, value: int) -> str:
    """The activation of the call that made a value, behind calls that hand it on along the last axis."""
    node = graph.nodes.get(graph.producer.get(value, -1))
    while node is not None and node.inputs and hands_on(node.call.layer_type):
        if graph.shapes[node.inputs[0]][-1:] != graph.shapes[value][-1:]:
            return ""
        value = node.inputs[0]
        node = graph.nodes.get(graph.producer.get(value, -1))
    return "" if node is None else activation_of(node.call.layer_type, node.config)


def name_of_targets(feed: Feed) -> str:
    """What the program calls the targets, `y` where it has no one name for them."""
    is_name = feed.y_text is not None and feed.y_text.isidentifier() and len(feed.targets) == 1
    return feed.y_text if is_name and feed.y_text is not None else "y"


def batched(shape: Shape) -> str:
    """A shape in words, with `B` for the batch axis."""
    return f"{('B', *shape)}".replace("'", "")
