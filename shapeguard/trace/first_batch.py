"""The shapes of the first batch that `fit` will be given, read beside the iterator of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from shapeguard.records.network import Value
from shapeguard.trace.feed import DEFAULT_BATCH_SIZE, value_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_NUMBERS = "biuf"  # numpy.dtype.kind
_PLAIN = {"ndarray", "EagerTensor", "ArrayImpl", "Tensor"}
"""The dense arrays and tensors of NumPy, TensorFlow, JAX and PyTorch; Keras converts others first."""


def first_batch(given: Mapping[str, Any]) -> tuple[Any, Any, Any] | None:
    """`(x, y, sample_weight)` as `Value`s; `None` where only the step itself can tell.

    `given` are the arguments `x`, `y`, `sample_weight`, `class_weight` and `batch_size`. Datasets and loaders are
    asked once more for their first batch; a generator would lose it.
    """
    parts = (given["x"], given.get("y"), given.get("sample_weight"))
    is_given_whole = all(leaf is None or _is_plain(leaf) for leaf in keras.tree.flatten(parts))
    batch = _cut(parts, given.get("batch_size") or DEFAULT_BATCH_SIZE) if is_given_whole else _drawn(given["x"])
    if batch is None or not all(map(_is_known, keras.tree.flatten(batch))):
        return None
    x, y, sample_weight = batch
    if given.get("class_weight") and sample_weight is None:
        sample_weight = Value((keras.tree.flatten(y)[0].shape[0],), keras.config.floatx())
    return x, y, sample_weight


def _cut(parts: tuple[Any, Any, Any], size: int) -> tuple[Any, Any, Any] | None:
    """The first batch of arrays, as Keras slices them; `None` where their lengths are 0, or differ: it refuses that."""
    lengths = {len(leaf) for leaf in keras.tree.flatten(parts) if leaf is not None}
    if len(lengths) > 1 or 0 in lengths:
        return None

    def cut(leaf: Any) -> Any:
        value = None if leaf is None else value_of(leaf)
        return None if value is None else Value((min(size, value.shape[0]), *value.shape[1:]), value.dtype)

    x, y, sample_weight = (keras.tree.map_structure(cut, part) for part in parts)
    return x, y, sample_weight


def _drawn(data: Any) -> tuple[Any, Any, Any] | None:
    """The first batch of a dataset or loader that can be asked again."""
    if isinstance(data, keras.utils.PyDataset):
        batch = data[0]
    elif hasattr(data, "element_spec") or type(data).__module__.startswith("torch.utils.data"):
        batch = next(iter(data))
    else:
        return None
    parts = keras.utils.unpack_x_y_sample_weight(tuple(batch) if isinstance(batch, list) else batch)
    x, y, sample_weight = (keras.tree.map_structure(_as_it_is, part) for part in parts)
    return x, y, sample_weight


def _as_it_is(leaf: Any) -> Any:
    """A `Value` for a tensor or array, whose dtype Keras keeps."""
    return Value(tuple(leaf.shape), keras.backend.standardize_dtype(leaf.dtype)) if _is_plain(leaf) else leaf


def _is_plain(leaf: Any) -> bool:
    if type(leaf).__name__ not in _PLAIN or getattr(leaf, "is_sparse", False) or leaf.ndim == 0:
        return False
    return leaf.dtype.kind in _NUMBERS if isinstance(leaf, np.ndarray) else _has_numbers(leaf)


def _has_numbers(tensor: Any) -> bool:
    return str(keras.backend.standardize_dtype(tensor.dtype)) != "string"


def _is_known(leaf: Any) -> bool:
    return leaf is None or (isinstance(leaf, Value) and None not in leaf.shape)
