"""Functions that make a tensor of numbers in order, of no other tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.layers.costs import SOLVED
from shapeguard.layers.operations.base import OperationFamily, argument

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.layers.base import Change, Config
    from shapeguard.layers.operations.base import Wanted
    from shapeguard.records.network import Shape

COUNTING = ("arange", "range")
"""What they are called: Keras 3.0 to 3.15, TensorFlow 2.18 to 2.21, JAX 0.4.30 to 0.10."""
ENDS = ("stop", "limit")
STEPS = ("step", "delta")


def last_counted(config: Config, count: int) -> int | None:
    """The last of `count` numbers; `None` where the first or the step is no whole number."""
    has_end = any(config.get(name) is not None for name in ENDS)
    first = config.get("start", 0) if has_end else 0
    step = next((config[name] for name in STEPS if config.get(name)), 1)
    return first + step * (count - 1) if type(first) is type(step) is int else None


class Counting(OperationFamily):
    """The end is one number further for each that is missing; `start` is the end where nothing else is written."""

    arguments = ("start", *ENDS)

    def changes(self, config: Config, inputs: tuple[Shape, ...], wanted: Wanted = None) -> Iterator[Change]:
        del inputs
        want = wanted[0][0] if wanted and len(wanted[0]) == 1 else None
        end = next((name for name in ENDS if config.get(name) is not None), "start")
        first = 0 if end == "start" else config["start"]
        step = next((config[name] for name in STEPS if config.get(name)), 1)
        if want is not None and first + want * step != config[end]:
            yield argument(end, first + want * step, SOLVED, solved=True)


RULES = (Counting(*COUNTING),)
