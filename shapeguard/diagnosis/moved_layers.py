"""A layer that is called behind another one and not where it is: one that takes axes away comes last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import keras

from shapeguard.diagnosis.scenarios import Patch
from shapeguard.layers import Refusal

if TYPE_CHECKING:
    from shapeguard.diagnosis.graph import Graph
    from shapeguard.diagnosis.layer_specs import LayerSpec
    from shapeguard.records.network import Call, Shape


@dataclass(frozen=True, slots=True, eq=False)
class MoveLayer:
    """A call taken out, so that its output `value` is what enters it, and made behind the call `behind`.

    `first` makes the layer of `behind`, `moved` what is called behind it, which is given `taken` there. `behind` may be
    a call that the pass did not reach.
    """

    node: int
    value: int
    shape: Shape
    behind: Call
    first: LayerSpec
    moved: LayerSpec
    taken: Shape
    cost: float
    kind: ClassVar[Literal["structure"]] = "structure"
    argument: ClassVar[str] = "remove"
    suggestion: ClassVar[None] = None

    @property
    def nodes(self) -> tuple[int, ...]:
        """The call that is moved."""
        return (self.node,)

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two repairs the same blame: the call and its other place."""
        return self.kind, self.nodes, "move", self.behind.identity

    def patch(self, graph: Graph) -> Patch:
        """What it changes in the network, as far as the pass came."""
        is_refused = graph.refused is not None and graph.refused.call.identity == self.behind.identity
        replaced = {graph.refused.index: self.forward} if is_refused and graph.refused is not None else {}
        return Patch(values={self.value: self.shape}, replaced=replaced)

    def forward(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        """What both layers make of an input."""
        given = self.first.forward(inputs)
        return given if isinstance(given, Refusal) else self.moved.forward(given)

    @property
    def given(self) -> Shape | None:
        """What the moved layer gives at its other place; `None` where no formula tells."""
        outputs = self.moved.forward((self.taken,))
        return None if isinstance(outputs, Refusal) else outputs[0]

    def layer(self) -> Any:
        """Both as fresh layers of Keras."""
        return keras.Sequential([self.first.layer("shapeguard_first"), self.moved.layer()])
