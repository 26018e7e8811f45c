"""Arrays in the user's frame that choose rows of another: whole numbers that count rows, or a truth for each row."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from shapeguard.records.network import Selection

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import FrameType

    from shapeguard.records.network import Shape

MOST = 400
"""Names that are looked at."""
LARGEST = 1 << 22
"""Rows of an array that is looked at."""


def selections(
    frame: FrameType | None, given: Mapping[str, Any], unequal: tuple[tuple[str, Shape], ...]
) -> tuple[Selection, ...]:
    """What chooses as many rows of one of some arrays as another one of them has, by a name of the frame.

    Of arrays that are no NumPy's or pandas' nothing is said: they take no such index.
    """
    handed = [leaf for leaf in keras.tree.flatten(dict(given)) if hasattr(leaf, "shape")]
    if frame is None or not all(map(_is_indexed, handed)):
        return ()
    lengths, own = {shape[0] or 0 for _, shape in unequal}, set(map(id, handed))
    names = {**frame.f_globals, **frame.f_locals}
    named = [(name, value) for name, value in islice(names.items(), MOST) if id(value) not in own]
    return tuple(each for name, value in named for each in _selection(name, value, lengths))


def _is_indexed(leaf: Any) -> bool:
    return isinstance(leaf, np.ndarray) or type(leaf).__module__.partition(".")[0] == "pandas"


def _selection(name: str, value: Any, lengths: set[int]) -> Iterator[Selection]:
    array = _vector(value)
    if array is None or not array.size:
        return
    if array.dtype.kind == "b" and len(array) in lengths:
        yield Selection(name, chosen=int(array.sum()), rows=len(array), is_mask=True)
    elif array.dtype.kind in "iu" and len(array) in lengths and array.min() >= 0:
        is_each = len(np.unique(array)) == len(array)
        yield Selection(name, chosen=len(array), rows=int(array.max()) + 1, is_once=is_each)


def _vector(value: Any) -> np.ndarray[Any, Any] | None:
    """An array, a series or a list of whole numbers or truths, of one axis."""
    is_list = isinstance(value, list) and 0 < len(value) < LARGEST and all(type(each) in {int, bool} for each in value)
    is_vector = _is_indexed(value) and len(getattr(value, "shape", ())) == 1 and value.shape[0] < LARGEST
    array: np.ndarray[Any, Any] = np.asarray(value if is_list or is_vector else ())
    return array if array.dtype.kind in "biu" else None
