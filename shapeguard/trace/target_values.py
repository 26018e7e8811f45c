"""What the values of targets are: a sample of their rows, where they are arrays; nothing is drawn from a generator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from shapeguard.records.targets import TargetValues

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.records.targets import Kind

MOST = 65536
"""Values looked at of a target."""
LARGEST_ROW = 1_000_000
CLOSE = 1e-3
NEARLY = 0.02
OF_PICTURES = 4
"""Axes of an array of pictures."""
WITH_OPACITY = 4
"""Channels of a picture with its opacity behind the colours."""


def values_of(x: Any, y: Any) -> tuple[TargetValues, ...]:
    """What each target is, in flattened order, beside the inputs of which it may be one."""
    inputs = [leaf for leaf in keras.tree.flatten(x) if leaf is not None]
    return tuple(_values(leaf, inputs) for leaf in keras.tree.flatten(y) if leaf is not None)


def axes_alike(weights: Any) -> tuple[int, ...]:
    """Along how many of its last axes each array has equal values, in flattened order; `()` of other data than arrays.

    The axis of the samples is none of them, and an array of one value says nothing: it may stand for others.
    """
    samples = [_sample(leaf) for leaf in keras.tree.flatten(weights) if leaf is not None]
    known = tuple(_axes_alike(each) for each in samples if each is not None)
    return known if len(known) == len(samples) else ()


def _axes_alike(sample: np.ndarray[Any, Any]) -> int:
    if not sample.size or sample.max() == sample.min():
        return 0
    first = [sample[(..., *[slice(1)] * count)] for count in range(1, sample.ndim)]
    return sum(bool((sample == each).all()) for each in first)


def _values(target: Any, inputs: Sequence[Any]) -> TargetValues:
    is_input, sample = any(target is each for each in inputs), _sample(target)
    if sample is None or not sample.size:
        return TargetValues(is_input=is_input)
    is_equal = any(_are_equal(sample, _sample_like(each, target)) for each in inputs)
    is_input = is_input or (is_equal and bool(sample.any()))
    kind = _kind(sample)
    return TargetValues(
        kind=kind,
        greatest=float(sample.max()),
        is_input=is_input,
        alike=_are_alike(sample),
        unused=_unused(sample) if kind == "one-hot" else 0,
    )


def _sample(values: Any) -> np.ndarray[Any, Any] | None:
    """Rows of an array or tensor, evenly spaced; `None` of anything else, of text and of objects."""
    if not _is_array(values) or not values.shape:
        return None
    row = int(np.prod([int(size) for size in values.shape[1:]]))
    if row > LARGEST_ROW:
        return None
    rows = max(1, MOST // max(row, 1))
    step = max(1, int(values.shape[0]) // rows)
    part = getattr(values, "iloc", values)[: rows * step : step]
    array = np.asarray(keras.ops.convert_to_numpy(part) if keras.ops.is_tensor(part) else part)
    return array if array.dtype.kind in "biuf" else None


def _is_array(values: Any) -> bool:
    """Whether this is an array of NumPy, a frame of pandas or a tensor: reading it runs no code of the user's."""
    package = type(values).__module__.partition(".")[0]
    is_frame = package == "pandas" and hasattr(values, "iloc")
    return is_frame or (package == "numpy" and isinstance(values, np.ndarray)) or keras.ops.is_tensor(values)


def _sample_like(values: Any, target: Any) -> np.ndarray[Any, Any] | None:
    """The sample of an input that has the shape of the target."""
    return _sample(values) if tuple(getattr(values, "shape", ())) == tuple(target.shape) else None


def _are_equal(some: np.ndarray[Any, Any], others: np.ndarray[Any, Any] | None) -> bool:
    return others is not None and bool(np.array_equal(some, others))


def _are_alike(sample: np.ndarray[Any, Any]) -> bool | None:
    """Whether the values along the last axis are one value; of pictures, the opacity in a fourth channel aside.

    Files of pictures keep colours with a loss, so that the channels of a grey one may differ a little.
    """
    if sample.ndim < 2 or sample.shape[-1] < 2:
        return None
    if sample.ndim != OF_PICTURES:
        return bool((sample == sample[..., :1]).all()) if sample.max() != sample.min() else None
    is_opaque = sample.shape[-1] == WITH_OPACITY and bool((sample[..., -1] == sample[..., -1].max()).all())
    colours = sample[..., :-1] if is_opaque else sample
    contrast = float(colours.max()) - float(colours.min())
    apart = np.abs(colours.astype("float64") - colours[..., :1]).max()
    return bool(apart <= contrast * NEARLY) if contrast else None


def _unused(rows: np.ndarray[Any, Any]) -> int:
    """How many of the first columns no row has its one in."""
    return int(rows.reshape(-1, rows.shape[-1]).any(axis=0).argmax())


def _kind(sample: np.ndarray[Any, Any]) -> Kind | None:
    is_whole = bool(((sample >= 0) & (sample == np.floor(sample))).all())
    if sample.ndim == 1 or sample.shape[-1] == 1 or not bool((sample >= 0).all()):
        return "whole numbers" if is_whole else "numbers"
    sums = sample.sum(axis=-1, dtype="float64")
    if is_whole and sums.max() <= 1:
        return "one-hot" if sums.min() == 1 else None
    if is_whole:
        return "zeros and ones" if sample.max() == 1 else "whole numbers"
    return "probabilities" if np.abs(sums - 1).max() < CLOSE else "numbers"
