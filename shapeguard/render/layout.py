"""Places the boxes of a directed graph in layers, top to bottom, and routes its edges around them.

The method of Sugiyama, Tagawa and Toda (1981): ranks by the longest path, bends where an edge passes a rank, an order
within each rank by the mean place of the neighbours, and places that keep that order while they follow the neighbours
as closely as the least squares allow.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Point = tuple[float, float]
Edge = tuple[int, int]

_GAP_X, _GAP_Y = 26.0, 40.0
_BEND_WIDTH = 12.0
_PORT_STEP = 16.0
_ORDER_SWEEPS = 12
_PLACE_SWEEPS = 24
_PULL = (1.0, 2.0, 8.0)  # of a link between boxes, of a box and a bend, of two bends: long edges run straight


@dataclass(frozen=True, slots=True)
class Layout:
    """The left upper corner of each box, the points of each edge, and the size of the whole."""

    corners: tuple[Point, ...]
    routes: dict[Edge, tuple[Point, ...]]
    width: float
    height: float


def lay_out(sizes: Sequence[tuple[float, float]], edges: Iterable[Edge]) -> Layout:
    """Places boxes of these widths and heights so that none overlap and no edge crosses one.

    Edges lead from a lower to a higher index; others are left out.
    """
    kept = sorted({edge for edge in edges if 0 <= edge[0] < edge[1] < len(sizes)})
    if not sizes:
        return Layout((), {}, 0.0, 0.0)
    graph = _Ranked(sizes, kept)
    graph.order()
    graph.place()
    return graph.layout(kept)


class _Ranked:
    """Boxes and bends in ranks. A bend is shared by all edges of one source that pass its rank."""

    def __init__(self, sizes: Sequence[tuple[float, float]], edges: Sequence[Edge]) -> None:
        self.sizes = list(sizes)
        self.boxes = len(sizes)
        self.rank = _ranks(self.boxes, edges)
        self.above: list[list[int]] = [[] for _ in sizes]
        self.below: list[list[int]] = [[] for _ in sizes]
        self.bends: dict[tuple[int, int], int] = {}
        for source, target in edges:
            previous = source
            for rank in range(self.rank[source] + 1, self.rank[target]):
                bend = self._bend(source, rank)
                self._connect(previous, bend)
                previous = bend
            self._connect(previous, target)
        self.ranks: list[list[int]] = [[] for _ in range(max(self.rank) + 1)]
        for node, rank in enumerate(self.rank):
            self.ranks[rank].append(node)
        self.x: list[float] = [0.0] * len(self.sizes)

    def _bend(self, source: int, rank: int) -> int:
        if (source, rank) not in self.bends:
            self.bends[source, rank] = len(self.sizes)
            self.sizes.append((_BEND_WIDTH, 0.0))
            self.rank.append(rank)
            self.above.append([])
            self.below.append([])
        return self.bends[source, rank]

    def _connect(self, upper: int, lower: int) -> None:
        if lower not in self.below[upper]:
            self.below[upper].append(lower)
            self.above[lower].append(upper)

    def order(self) -> None:
        """Orders each rank by the mean place of the neighbours; keeps the order with the fewest crossings."""
        best, fewest = [list(rank) for rank in self.ranks], self._crossings()
        for sweep in range(_ORDER_SWEEPS):
            if not fewest:
                break
            down = sweep % 2 == 0
            for rank in self.ranks[1:] if down else self.ranks[-2::-1]:
                self._sort(rank, self.above if down else self.below)
            crossings = self._crossings()
            if crossings < fewest:
                best, fewest = [list(rank) for rank in self.ranks], crossings
        self.ranks = best

    def _sort(self, rank: list[int], neighbours: list[list[int]]) -> None:
        place = {node: index for nodes in self.ranks for index, node in enumerate(nodes)}

        def mean(node: int) -> float:
            near = neighbours[node]
            return sum(place[other] for other in near) / len(near) if near else float(place[node])

        rank.sort(key=lambda node: (mean(node), place[node]))

    def _crossings(self) -> int:
        count = 0
        for upper, lower in pairwise(self.ranks):
            place = {node: index for index, node in enumerate(lower)}
            ends = [place[end] for node in upper for end in sorted(self.below[node], key=place.__getitem__)]
            count += sum(first > second for index, first in enumerate(ends) for second in ends[index + 1 :])
        return count

    def place(self) -> None:
        """Sets the x of each node's middle, by turns from the nodes above, below and both."""
        for rank in self.ranks:
            for node, x in zip(rank, self._offsets(rank), strict=True):
                self.x[node] = x
        for sweep in range(_PLACE_SWEEPS):
            both = sweep >= _PLACE_SWEEPS - 4
            for rank in self.ranks if sweep % 2 == 0 else reversed(self.ranks):
                self._move(rank, above=both or sweep % 2 == 0, below=both or sweep % 2 == 1)
        left = min(self.x[node] - self.sizes[node][0] / 2 for node in range(len(self.sizes)))
        self.x = [x - left for x in self.x]

    def _offsets(self, rank: Sequence[int]) -> list[float]:
        """How far each node of a rank is from the first if they are as close as they may be."""
        offsets = [0.0]
        for left, right in pairwise(rank):
            gap = _GAP_X if max(left, right) < self.boxes else _GAP_X / 2
            offsets.append(offsets[-1] + (self.sizes[left][0] + self.sizes[right][0]) / 2 + gap)
        return offsets

    def _move(self, rank: Sequence[int], *, above: bool, below: bool) -> None:
        """Moves a rank towards its neighbours: least squares under the order (pool adjacent violators)."""
        offsets = self._offsets(rank)
        blocks: list[tuple[float, float, int]] = []  # wanted place, weight, nodes
        for node, offset in zip(rank, offsets, strict=True):
            wanted, weight = self._wanted(node, above=above, below=below)
            blocks.append((wanted - offset, weight, 1))
            while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
                (x2, w2, n2), (x1, w1, n1) = blocks.pop(), blocks.pop()
                blocks.append(((x1 * w1 + x2 * w2) / (w1 + w2), w1 + w2, n1 + n2))
        places = [x for x, _, nodes in blocks for _ in range(nodes)]
        for node, place, shift in zip(rank, places, offsets, strict=True):
            self.x[node] = place + shift

    def _wanted(self, node: int, *, above: bool, below: bool) -> tuple[float, float]:
        near = (self.above[node] if above else []) + (self.below[node] if below else [])
        if not near:
            return self.x[node], 0.05
        weights = [_PULL[(node >= self.boxes) + (other >= self.boxes)] for other in near]
        total = sum(weights)
        return sum(self.x[other] * weight for other, weight in zip(near, weights, strict=True)) / total, total

    def layout(self, edges: Sequence[Edge]) -> Layout:
        heights = [max(self.sizes[node][1] for node in rank) for rank in self.ranks]
        tops = [0.0]
        for height in heights[:-1]:
            tops.append(tops[-1] + height + _GAP_Y)
        corners = tuple(
            (round(self.x[node] - self.sizes[node][0] / 2, 1), tops[self.rank[node]]) for node in range(self.boxes)
        )
        routes = {edge: self._route(edge, edges, tops, heights) for edge in edges}
        width = max(self.x[node] + self.sizes[node][0] / 2 for node in range(len(self.sizes)))
        return Layout(corners, routes, round(width, 1), tops[-1] + heights[-1])

    def _route(
        self, edge: Edge, edges: Sequence[Edge], tops: Sequence[float], heights: Sequence[float]
    ) -> tuple[Point, ...]:
        """Down the source's rank, straight through each rank it passes, to its own port of the target."""
        source, target = edge
        x = round(self.x[source], 1)
        points = [(x, tops[self.rank[source]] + self.sizes[source][1])]
        points.append((x, tops[self.rank[source]] + heights[self.rank[source]]))
        for rank in range(self.rank[source] + 1, self.rank[target]):
            bend = round(self.x[self.bends[source, rank]], 1)
            points += [(bend, tops[rank]), (bend, tops[rank] + heights[rank])]
        points.append((round(self.x[target] + self._port(edge, edges), 1), tops[self.rank[target]]))
        return tuple(points)

    def _port(self, edge: Edge, edges: Sequence[Edge]) -> float:
        """How far from the target's middle the edge arrives: several arrive side by side, in their order above."""
        target = edge[1]
        arriving = [self._last(other) for other in edges if other[1] == target]
        arriving.sort(key=lambda node: (self.x[node], node))
        if len(arriving) < 2:
            return 0.0
        step = min(_PORT_STEP, self.sizes[target][0] * 0.8 / (len(arriving) - 1))
        return (arriving.index(self._last(edge)) - (len(arriving) - 1) / 2) * step

    def _last(self, edge: Edge) -> int:
        source, target = edge
        return self.bends.get((source, self.rank[target] - 1), source)


def _ranks(boxes: int, edges: Sequence[Edge]) -> list[int]:
    """The longest way from a source; a source itself is right above the first node that takes it."""
    rank = [0] * boxes
    for source, target in sorted(edges, key=lambda edge: edge[0]):
        rank[target] = max(rank[target], rank[source] + 1)
    fed = {target for _, target in edges}
    for node in range(boxes):
        takers = [rank[target] for source, target in edges if source == node]
        if node not in fed and takers:
            rank[node] = min(takers) - 1
    return rank
