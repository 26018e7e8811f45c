"""A Reshape behind a Dense, whose units fill it: two changes that make an output of another rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import keras

from shapeguard.diagnosis.scenarios import Patch
from shapeguard.layers import Refusal

if TYPE_CHECKING:
    from shapeguard.diagnosis.graph import Graph
    from shapeguard.diagnosis.layer_specs import LayerSpec
    from shapeguard.layers import Change
    from shapeguard.records.network import Shape


@dataclass(frozen=True, slots=True)
class ReshapeBehind:
    """A layer of Keras' own behind a Dense that a model ends with; `change` makes its units fill that.

    `first` is the Dense then, `second` the layer behind it; `change` is `None` where the units are as many already.
    """

    node: int
    change: Change | None
    first: LayerSpec
    second: LayerSpec
    cost: float
    kind: ClassVar[Literal["structure"]] = "structure"
    argument: ClassVar[str] = "insert_after"

    @property
    def nodes(self) -> tuple[int, ...]:
        """The call of the Dense."""
        return (self.node,)

    @property
    def suggestion(self) -> str:
        """The code of the layer behind."""
        return self.second.code

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two repairs the same blame: the place and the layer."""
        return self.kind, self.nodes, self.argument, self.suggestion

    def patch(self, graph: Graph) -> Patch:
        """What it changes in the network."""
        del graph
        return Patch(replaced={self.node: self.forward})

    def forward(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        """What both layers make of an input."""
        given = self.first.forward(inputs)
        return given if isinstance(given, Refusal) else self.second.forward(given)

    def layer(self) -> Any:
        """Both as fresh layers of Keras."""
        return keras.Sequential([self.first.layer("shapeguard_first"), self.second.layer()])
