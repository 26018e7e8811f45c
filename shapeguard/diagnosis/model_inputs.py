"""The model's inputs beside the data that is fed to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.spec import shapes_agree

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.records.network import Feed, Shape


@dataclass(frozen=True, slots=True)
class ModelInputs:
    """The inputs of a graph and the shapes that were fed to them, by value, batch left out.

    `given` are the same with their first axis: whole arrays, elements of a dataset or batches, as `feed` says.
    """

    graph: Graph
    fed: Mapping[int, Shape]
    given: Mapping[int, Shape]
    feed: Feed | None

    @classmethod
    def of(cls, graph: Graph, feed: Feed | None) -> ModelInputs:
        """The inputs with the feed's shapes in the model's order, if their number agrees."""
        values = graph.network.inputs
        shapes = feed.inputs if feed is not None else ()
        given = (
            dict(zip(values, feed.given, strict=True)) if feed is not None and len(feed.given) == len(values) else {}
        )
        if len(values) == len(shapes):
            return cls(graph, dict(zip(values, shapes, strict=True)), given, feed)
        filled = {value: graph.shapes[value][1:] for value in values if _is_filled(graph, value)}
        return cls(graph, filled, given, feed)

    def batch(self, value: int) -> int | None:
        """How many samples the step gets for an input; `None` where that is open."""
        size = None if self.feed is None else self.feed.batch_size
        first = next(iter(self.given.get(value, ())), None)
        if self.feed is None or self.feed.source != "arrays":
            return size if first is None else first
        return size if first is None or size is None else min(size, first)

    def conflicts(self) -> list[tuple[Node, Shape]]:
        """The inputs whose declared shape the data does not have, with what was fed."""
        found = []
        for value, fed in self.fed.items():
            maker = self.graph.producer.get(value)
            is_declared = maker is not None and not self.graph.nodes[maker].is_data
            if is_declared and not adjusts(fed, self.graph.shapes[value][1:]):
                found.append((self.graph.nodes[self.graph.producer[value]], fed))
        return found


def _is_filled(graph: Graph, value: int) -> bool:
    """Whether an input has sizes that it does not declare: those of the data that the pass was made with."""
    maker = graph.producer.get(value)
    declared = graph.nodes[maker].config.get("batch_shape") if maker is not None else None
    return declared is not None and None in declared[1:] and None not in graph.shapes[value][1:]


def adjusts(fed: Shape, declared: Shape) -> bool:
    """Whether Keras takes data of this shape: it adds or drops a last axis of 1 (models/functional.py, 3.0 to 3.15)."""
    if len(fed) == len(declared) + 1 and fed[-1] == 1:
        fed = fed[:-1]
    elif len(declared) == len(fed) + 1 and declared[-1] == 1:
        fed = (*fed, 1)
    return shapes_agree(fed, declared)
