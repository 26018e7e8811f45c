"""Functions of the backends with a flag that tells in which order the axes of their tensors come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.layers.costs import FORGOTTEN
from shapeguard.layers.operations.base import OperationFamily, argument

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.layers.base import Change, Config
    from shapeguard.layers.operations.base import Wanted
    from shapeguard.records.network import Shape

TIME_MAJOR = "logits_time_major"
"""The flag of a function that takes steps first, samples second; of TensorFlow's it is set by default."""


class Layout(OperationFamily):
    """A flag exchanges the axes of samples and steps."""

    def __init__(self, *names: str, flag: str) -> None:
        super().__init__(*names)
        self.arguments = (flag,)

    def changes(self, config: Config, inputs: tuple[Shape, ...], wanted: Wanted = None) -> Iterator[Change]:
        del inputs, wanted  # the backend tells whether it fits
        (flag,) = self.arguments
        if flag in config:
            yield argument(flag, not config[flag], FORGOTTEN)

    def hint(self, config: Config, change: Change) -> str:
        del config, change
        return "Time-major tensors have their steps on axis 0 and the samples on axis 1; layers give the samples first."


RULES = (Layout("ctc_loss", flag=TIME_MAJOR),)
