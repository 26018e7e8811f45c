"""Repairs of single calls: an axis more, or one less, of one of the tensors that they take, or two exchanged."""

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
        return Code(self.written(self.name))

    def written(self, tensor: str, *, is_name: bool = True) -> str:
        """The tensor as it is to be written, a name or an expression that needs brackets before an index."""
        return f"{tensor if is_name else f'({tensor})'}{self.index}"

    def in_words(self, shape: Shape, others: str) -> str:
        """What is wrong with a tensor of this shape beside the others, if there are any."""
        if not others:
            return f"{shape} {'lacks an axis' if self.adds else 'has an axis too many'}"
        return f"{shape} {'lacks an axis beside' if self.adds else 'has an axis more than'} {others}"

    @property
    def instruction(self) -> str:
        """What is to be done with the tensor."""
        return "index it"

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

    def stretched(self, inputs: tuple[Shape, ...]) -> int:
        """On how many axes the tensor has other sizes then than those of its rank beside it."""
        entering = self.entering(inputs)
        if isinstance(entering, Refusal):
            return 0
        own = entering[self.slot]
        others = [shape for slot, shape in enumerate(entering) if slot != self.slot and len(shape) == len(own)]
        return sum(a != b for other in others for a, b in zip(own[1:], other[1:], strict=True))

    def in_call(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[tuple[Any, ...], Mapping[str, Any]]:
        """The arguments of a call with the tensor changed; as they are where another one enters there now."""
        leaves = keras.tree.flatten((args, dict(kwargs)))
        tensors = [place for place, leaf in enumerate(leaves) if keras_layers.holds_tensors(leaf)]
        if self.slot >= len(tensors) or len(leaves[tensors[self.slot]].shape) != self.ndim:
            return args, kwargs
        place = tensors[self.slot]
        leaves[place] = self.changed(leaves[place])
        given: tuple[tuple[Any, ...], Mapping[str, Any]] = keras.tree.pack_sequence_as((args, dict(kwargs)), leaves)
        return given

    def changed(self, tensor: Any) -> Any:
        """The tensor with the axis, or without it."""
        before = (slice(None),) * self.axis
        return tensor[(*before, None)] if self.adds else tensor[(*before, 0)]


@dataclass(frozen=True, slots=True)
class TransposeInput(IndexInput):
    """The tensor `slot` of products of matrices with its last two axes exchanged, by a `function` that the file has."""

    function: str = "keras.ops.swapaxes"

    @property
    def index(self) -> str:
        """What the exchange is called in a line of numbers."""
        return f"{self.function}(..., -1, -2)"

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two repairs the same blame: the tensor of the calls."""
        return self.kind, self.nodes, "transposed", self.slot

    def written(self, tensor: str, *, is_name: bool = True) -> str:
        """The tensor as it is to be written."""
        del is_name
        return f"{self.function}({tensor}, -1, -2)"

    def in_words(self, shape: Shape, others: str) -> str:
        """What is wrong with a tensor of this shape beside the others."""
        return f"{shape} is not transposed beside {others}"

    @property
    def instruction(self) -> str:
        """What is to be done with the tensor."""
        return "exchange its last two axes"

    def entering(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        """The shapes that enter the call then."""
        if self.slot >= len(inputs) or len(inputs[self.slot]) != self.ndim:
            return Refusal("another tensor enters there")
        *front, rows, columns = inputs[self.slot]
        return (*inputs[: self.slot], (*front, columns, rows), *inputs[self.slot + 1 :])

    def changed(self, tensor: Any) -> Any:
        """The tensor, transposed."""
        return keras.ops.swapaxes(tensor, -1, -2)
