"""Repairs of single calls: an axis more, or one less, of one of the tensors that they take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import keras

from shapeguard.diagnosis.scenarios import Patch
from shapeguard.keras_compat import keras_layers
from shapeguard.layers import Refusal
from shapeguard.source.literals import Code

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapeguard.diagnosis.graph import Graph
    from shapeguard.records.network import Shape


@dataclass(frozen=True, slots=True)
class IndexInput:
    """The tensor `slot` of calls with an axis of one more at `axis`, or without the one that is there.

    `nodes` are calls that one place in the source makes; `ndim` is the rank of the tensor, `name` what it is called.
    """

    nodes: tuple[int, ...]
    slot: int
    axis: int
    ndim: int
    name: str
    cost: float
    adds: bool = True
    kind: ClassVar[Literal["structure"]] = "structure"
    argument: ClassVar[str] = "insert_before"

    @property
    def index(self) -> str:
        """The index that does it, as it is written: `[..., None]`."""
        entry = "None" if self.adds else "0"
        is_last = self.axis == (self.ndim if self.adds else self.ndim - 1)
        before = "..., " if is_last and self.axis > 1 else ":, " * self.axis
        return f"[{before}{entry}]"

    @property
    def suggestion(self) -> Code:
        """The tensor with its index."""
        return Code(f"{self.name}{self.index}")

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two repairs the same blame: the tensor of the calls."""
        return self.kind, self.nodes, "axis", self.slot

    def patch(self, graph: Graph) -> Patch:
        """What it changes in the network."""
        del graph
        return Patch(inserted=dict.fromkeys(self.nodes, self.entering))

    def entering(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        """The shapes that enter the call then."""
        if self.slot >= len(inputs) or len(inputs[self.slot]) != self.ndim:
            return Refusal("another tensor enters there")
        shape = inputs[self.slot]
        if not self.adds and shape[self.axis] != 1:
            return Refusal("the axis holds more than one")
        new = (*shape[: self.axis], *((1,) if self.adds else ()), *shape[self.axis + (not self.adds) :])
        return (*inputs[: self.slot], new, *inputs[self.slot + 1 :])

    def in_call(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[tuple[Any, ...], Mapping[str, Any]]:
        """The arguments of a call with the tensor changed; as they are where another one enters there now."""
        leaves = keras.tree.flatten((args, dict(kwargs)))
        tensors = [place for place, leaf in enumerate(leaves) if keras_layers.holds_tensors(leaf)]
        if self.slot >= len(tensors) or len(leaves[tensors[self.slot]].shape) != self.ndim:
            return args, kwargs
        place = tensors[self.slot]
        before = (slice(None),) * self.axis
        leaves[place] = leaves[place][(*before, None)] if self.adds else leaves[place][(*before, 0)]
        given: tuple[tuple[Any, ...], Mapping[str, Any]] = keras.tree.pack_sequence_as((args, dict(kwargs)), leaves)
        return given
