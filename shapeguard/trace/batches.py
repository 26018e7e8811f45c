"""What a step function is about to take: its next batch, looked at without taking it away."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras

from shapeguard.keras_compat import keras_trainers

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Batch:
    """The data (or their specs) of the next step, and the arguments that make the step take exactly these."""

    data: Any
    arguments: Callable[[], tuple[Any, ...]]

    @property
    def signature(self) -> object:
        """The shapes in it, by which an eager step is known again."""
        return tuple(
            None if leaf.shape is None else tuple(leaf.shape)
            for leaf in keras.tree.flatten(self.data)
            if hasattr(leaf, "shape")
        )


def spec_of(args: tuple[Any, ...]) -> Any:
    """What the arguments of a step tell about its batch without drawing it; `None` where they do not tell."""
    spec = getattr(args[-1], "element_spec", None)
    if spec is not None:
        return keras_trainers.first_replica(spec)
    return args[-1][0] if isinstance(args[-1], (list, tuple)) and args[-1] else None


def next_batch(model: Any, args: tuple[Any, ...]) -> Batch:
    """The batch that the step function will draw from its last argument; what raises in drawing raises here."""
    source = args[-1]
    if isinstance(source, (list, tuple)) or not _may_draw(model, source):
        return Batch(spec_of(args), lambda: args)
    data = next(source)
    return Batch(data, lambda: (*args[:-1], itertools.chain([data], source)))


def _may_draw(model: Any, source: Any) -> bool:
    """Whether the step takes any iterator instead of this one.

    On TensorFlow with several steps an execution, or several replicas, the function wants its own kind of iterator.
    """
    if keras_trainers.backend() != "tensorflow":
        return True
    return hasattr(source, "__next__") and model.steps_per_execution == 1 and keras_trainers.replicas(model) == 1


def is_exhausted(exception: BaseException) -> bool:
    """Whether the exception says that the data ran out, which ends an epoch and is no failure."""
    if isinstance(exception, StopIteration):
        return True
    if keras_trainers.backend() != "tensorflow":
        return False
    import tensorflow as tf  # noqa: PLC0415  loaded already: it is the backend

    return isinstance(exception, tf.errors.OutOfRangeError)
