"""Whether Keras makes the layer of a constructor call that was rewritten."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from shapeguard.keras_compat import states
from shapeguard.records.source import Opaque

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from shapeguard.diagnosis.rewritten_calls import RewriteCall
    from shapeguard.records.network import Shape

LARGE = 64
"""A size above which a smaller one stands for it."""


def constructs(repair: RewriteCall) -> bool:
    """Whether Keras makes the layer of the rewritten call."""
    construction = repair.construction
    cls = getattr(keras.layers, construction.layer_type, None)
    if not isinstance(cls, type):
        return False
    given = repair.new.arguments(construction)
    smaller = _smaller(given.values())
    arguments = {name: _standing_in(value, smaller) for name, value in given.items()}
    with states.leaving_no_mark():
        try:
            cls(**arguments)
        except Exception:  # noqa: BLE001  Keras' refusal is the answer
            return False
    return True


def _smaller(values: Iterable[Any]) -> dict[int, int]:
    """The large sizes of arrays, each with a smaller one that stands for it: it only counts which are equal.

    Weights of the user's may fill the memory.
    """
    numbers = set(_numbers(values))
    free = (size for size in count(LARGE) if size not in numbers)
    sizes = dict.fromkeys(size for shape in _shapes(values) for size in shape if size is not None and size > LARGE)
    return {size: next(free) for size in sizes}


def _numbers(values: Iterable[Any]) -> Iterator[int]:
    for value in values:
        if isinstance(value, list | tuple):
            yield from _numbers(value)
        elif type(value) is int:
            yield value


def _shapes(values: Iterable[Any]) -> Iterator[Shape]:
    for value in values:
        if isinstance(value, list | tuple):
            yield from _shapes(value)
        elif isinstance(value, Opaque) and value.shape is not None:
            yield value.shape


def _standing_in(value: Any, smaller: Mapping[int, int]) -> Any:
    """The value, with arrays of zeros that take no memory in the place of the user's."""
    if isinstance(value, Opaque):
        shape = None if value.shape is None else tuple(smaller.get(size or 1, size or 1) for size in value.shape)
        return None if shape is None else np.broadcast_to(np.float32(0), shape)
    if isinstance(value, list | tuple):
        return type(value)(_standing_in(item, smaller) for item in value)
    return smaller.get(value, value) if type(value) is int else value
