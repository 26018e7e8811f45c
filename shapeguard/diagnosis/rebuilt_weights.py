"""What a rebuild needs of weights whose line is written as a multiple of what it calculates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.rebuilt_calls import layer_at
from shapeguard.diagnosis.repairs import ChangeArguments
from shapeguard.diagnosis.written_shapes import scaling_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shapeguard.diagnosis.graph import Graph
    from shapeguard.diagnosis.repairs import SingleRepair
    from shapeguard.keras_compat.own_weights import Weight
    from shapeguard.records.network import Shape


class ScaledWeights:
    """The lines that repairs write so, by place: other layers of the class make their weights by them too."""

    def __init__(self, graph: Graph, repairs: Iterable[SingleRepair]) -> None:
        self._graph = graph
        changed = [
            (graph.nodes[index], part.suggestion)
            for part in repairs
            if isinstance(part, ChangeArguments)
            for index in part.nodes
        ]
        scalings = [(node.construction, scaling_of(node, suggestion)) for node, suggestion in changed]
        self._by_line = {made.call: each for made, each in scalings if made and made.call and each}

    def __bool__(self) -> bool:
        return bool(self._by_line)

    def shape(self, weight: Weight, shape: Shape) -> Shape:
        """The shape of a weight of another layer, which its line makes of this shape now."""
        made = self._graph.construction_of(weight)
        scaling = None if made is None or made.call is None else self._by_line.get(made.call)
        return shape if scaling is None else scaling.of(shape, layer_at(self._graph, weight.owner))
