"""What Keras has no operation for: the steps around a cell of the user's own, tensors made for a batch of some size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.layers.base import Refusal
from shapeguard.layers.operations.base import OperationFamily
from shapeguard.layers.operations.batches import SHAPES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.layers.base import Config
    from shapeguard.layers.operations.base import Wanted
    from shapeguard.records.network import Shape


class FirstStep(OperationFamily):
    """Takes the axis of steps away."""

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal | None:
        del config
        shape = inputs[0]
        return ((shape[0], *shape[2:]),) if len(shape) > 2 else Refusal(f"sequences have three axes, got {shape}")

    def accepted(self, config: Config, shape: Shape) -> Iterator[Shape]:
        del config
        yield (*shape[:1], None, *shape[1:])

    def inverse(self, config: Config, shape: Shape, wanted: Shape) -> Iterator[Shape]:
        del config
        if len(shape) == len(wanted) + 1:
            yield (*wanted[:1], shape[1], *wanted[1:])


class StateAfterStep(OperationFamily):
    """The state before a step and the one after it have one shape."""

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal | None:
        del config
        before, after = inputs
        if before[1:] == after[1:]:
            return (after,)
        return Refusal(f"a step takes a state of shape {before} and returns one of shape {after}")

    def operands(self, config: Config, inputs: tuple[Shape, ...], place: int, wanted: Wanted = None) -> Iterator[Shape]:
        del config
        yield inputs[1 - place] if wanted is None else wanted[0]


class AllSteps(OperationFamily):
    """Puts an axis of steps behind the batch."""

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal | None:
        shape = inputs[0]
        return ((*shape[:1], config["steps"], *shape[1:]),)

    def inverse(self, config: Config, shape: Shape, wanted: Shape) -> Iterator[Shape]:
        del config
        if len(wanted) == len(shape) + 1:
            yield (*wanted[:1], *wanted[2:])


class OfBatch(OperationFamily):
    """What is made of no tensor, by a shape that begins with the size of a batch."""

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal | None:
        del inputs
        return (tuple(next(config[name] for name in SHAPES if name in config)),)


RULES = (OfBatch("OfBatch"), FirstStep("FirstStep"), StateAfterStep("StateAfterStep"), AllSteps("AllSteps"))
