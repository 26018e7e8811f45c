"""The repair that changes one literal in the source, and with it every argument that is calculated from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from shapeguard.diagnosis.scenarios import Patch
from shapeguard.layers import with_change

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapeguard.diagnosis.graph import Graph
    from shapeguard.layers import Change
    from shapeguard.records.network import Shape
    from shapeguard.source.expressions import WrittenLiteral
    from shapeguard.source.rewriting import Rewrite

INPUT_SHAPES = frozenset({"shape", "batch_shape"})
"""The arguments of an input that declare its shape."""


@dataclass(frozen=True, slots=True)
class ChangeNumber:
    """Another literal in the source, behind arguments of layers: `changes` are by one call of each layer.

    Of an input the arguments are those of its call, too: its shape. Layers that are wrapped change by themselves.
    `is_of_round`: the literal is what a loop gives in one of its rounds. `rewrite`: it is no literal but a calculation
    that is written otherwise, and `value` is its text.
    """

    literal: WrittenLiteral
    value: object
    changes: tuple[tuple[int, Change], ...]
    cost: float = 0
    is_of_round: bool = False
    rewrite: Rewrite | None = None
    kind: ClassVar[Literal["argument"]] = "argument"

    @property
    def nodes(self) -> tuple[int, ...]:
        """One call of each layer that changes."""
        return tuple(dict.fromkeys(index for index, _ in self.changes))

    @property
    def change(self) -> Change:
        """What becomes of the first layer."""
        return self.changes[0][1]

    @property
    def argument(self) -> str:
        """The first argument that changes."""
        return self.change.arguments[0][0]

    @property
    def suggestion(self) -> object:
        """The new literal."""
        return self.value

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two repairs the same blame: the literal, whatever its value, or the calculation."""
        return self.kind, self.literal.span if self.rewrite is None else self.rewrite.whole

    def patch(self, graph: Graph) -> Patch:
        """What it changes in the network."""
        configs: dict[int, Mapping[str, Any]] = {}
        values: dict[int, Shape] = {}
        for index, change in self.changes:
            node = graph.nodes[index]
            if node.is_input:
                values[node.outputs[0]] = _declared(graph.shapes[node.outputs[0]], change)
                continue
            twins = graph.same_layer[node.call.identity]
            for twin in (each for each in twins if graph.nodes[each].call.operation is node.call.operation):
                now = configs.get(twin) or graph.config_of(graph.nodes[twin])
                configs[twin] = with_change(now, change)
        return Patch(configs=configs, values=values)

    def inputs(self, graph: Graph) -> dict[int, Shape]:
        """The shapes of the inputs whose declarations change, by their tensors."""
        return dict(self.patch(graph).values)


def _declared(now: Shape, change: Change) -> Shape:
    """The shape of an input whose declaration changes, batch first."""
    name, shape = change.arguments[0]
    whole = tuple(shape) if isinstance(shape, tuple | list) else ()
    return whole if name == "batch_shape" else (now[0], *whole)
