"""The model's inputs as suspects: their declared shapes, against the data where it is known."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING

from shapeguard.diagnose.candidates import Candidate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from shapeguard.diagnose.graph import Graph, Node
    from shapeguard.records import Feed, Shape

FITS_DATA = 0.0
UNKNOWN_DATA = 0.9
FAR = 0.4


@dataclass(slots=True)
class Inputs:
    """The inputs of a graph and the shapes that were fed to them, batch left out."""

    graph: Graph
    fed: dict[int, Shape]

    @classmethod
    def of(cls, graph: Graph, feed: Feed | None) -> Inputs:
        """The inputs with the feed's shapes in the model's order, where their number agrees."""
        values = graph.network.inputs
        shapes = feed.inputs if feed is not None else ()
        return cls(graph, dict(zip(values, shapes, strict=True)) if len(values) == len(shapes) else {})

    def candidates(self, node: Node, wishes: Iterable[Shape]) -> Iterator[Candidate]:
        """Other shapes for one input: what the data has, what the network needs, and the usual slips."""
        value = node.outputs[0]
        declared = self.graph.shapes[value]
        fed = self.fed.get(value)
        seen: set[Shape] = set()
        for shape in (*(() if fed is None else ((declared[0], *fed),)), *wishes, *_slips(declared)):
            if shape == declared or shape in seen or not shape[1:] or not self._fits_data(fed, shape[1:]):
                continue
            seen.add(shape)
            yield Candidate(
                "argument",
                "shape",
                tuple(shape[1:]),
                (node.index,),
                values={value: shape},
                cost=self._cost(fed, shape[1:], declared[1:]),
            )

    def _fits_data(self, fed: Shape | None, shape: Shape) -> bool:
        """A declared shape that the data does not have cannot be the repair."""
        return fed is None or _compatible(fed, shape)

    def _cost(self, fed: Shape | None, shape: Shape, declared: Shape) -> float:
        if fed is not None:
            return FITS_DATA
        return UNKNOWN_DATA + (0.0 if sorted(map(str, shape)) == sorted(map(str, declared)) else FAR)


def _compatible(fed: Shape, shape: Shape) -> bool:
    return len(fed) == len(shape) and all(a is None or b is None or a == b for a, b in zip(fed, shape, strict=True))


def _slips(declared: Shape) -> Iterator[Shape]:
    """Channels first for last and back, a sample count in front, an axis of 1 missing or too many."""
    batch, rest = declared[0], declared[1:]
    if 2 <= len(rest) <= 4:
        for order in permutations(rest):
            yield (batch, *order)
    if len(rest) > 1:
        yield (batch, *rest[1:])
        yield (batch, *rest[:-1])
    yield (batch, *rest, 1)
    yield (batch, 1, *rest)
