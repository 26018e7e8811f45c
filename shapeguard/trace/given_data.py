"""The data as it stands: arrays whole, the elements of a dataset, the batches that a generator or loader gives."""

from __future__ import annotations

from traceback import walk_tb
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from shapeguard.keras_compat import dataset_batches, keras_layers
from shapeguard.records.network import ObjectArray

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapeguard.records.network import Shape, Source

PARTS = ("x", "y", "sample_weight")
"""The parts of a batch, as the training methods call them."""
_COUNTS = (1, 2, 3)
"""How many parts a batch may have: `(x,)`, `(x, y)` or `(x, y, sample_weight)`."""


def given(model: Any, x: Any, batch_x: Any) -> tuple[Source, tuple[Shape, ...]]:
    """Of which kind the data `x` is, and its shapes in the model's order, the first axis included.

    `batch_x` is a batch of it, or the specs of one, where that is known.
    """
    specs = getattr(x, "element_spec", None)
    if specs is not None:
        return "dataset", _shapes(model, unpacked(specs)[0])
    if is_of_arrays(x):
        return "arrays", _shapes(model, x)
    return "batches", _shapes(model, batch_x)


def unpacked(batch: Any) -> tuple[Any, Any, Any]:
    """The inputs, targets and weights in a batch `(x, y, sample_weight)`; `None` is no knowledge.

    Of a batch of more parts nothing is known: Keras refuses it.
    """
    parts = tuple(batch) if isinstance(batch, list) else batch
    if parts is None or (isinstance(parts, tuple) and len(parts) not in _COUNTS):
        return None, None, None
    x, y, weights = keras.utils.unpack_x_y_sample_weight(parts)
    return x, y, weights


def keys_of(parts: Mapping[str, Any]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The keys of the parts that are dictionaries, by the name of the part; of nested ones the outermost."""
    return tuple((name, tuple(map(str, part))) for name, part in parts.items() if isinstance(part, dict))


def frames(given: Mapping[str, Any]) -> frozenset[str]:
    """The arguments that hold frames or series of pandas."""
    parts = {name: keras.tree.flatten(given.get(name)) for name in PARTS}
    return frozenset(name for name, leaves in parts.items() if any(map(_is_of_pandas, leaves)))


def lists(given: Mapping[str, Any]) -> tuple[tuple[str, int | None], ...]:
    """The arguments that are lists of Python's numbers, and which elements of `validation_data` are."""
    validation = given.get("validation_data")
    inside = validation if isinstance(validation, tuple | list) else ()
    places: list[tuple[str, int | None, Any]] = [(name, None, given.get(name)) for name in PARTS]
    places += [("validation_data", place, part) for place, part in enumerate(inside)]
    return tuple((name, place) for name, place, part in places if _is_of_numbers(part))


def objects(given: Mapping[str, Any]) -> tuple[ObjectArray, ...]:
    """The arrays of Python's objects in the parts of a batch, as far as all that they hold is numbers."""
    found = []
    for name in PARTS:
        leaves = keras.tree.flatten(given.get(name))
        for index, leaf in enumerate(leaves):
            inside = _inside(leaf) if str(getattr(leaf, "dtype", "")) == "object" else []
            if inside and all(each.dtype.kind in "biuf" for each in inside):
                shapes = tuple(sorted({each.shape for each in inside}))
                is_whole = all(each.dtype.kind in "iu" for each in inside)
                found.append(ObjectArray(name, index, len(leaves), shapes, is_whole))
    return tuple(found)


def _inside(array: Any) -> list[Any]:
    """The elements of an array of objects as arrays; none where one of them is none."""
    try:
        return [np.asarray(each) for each in array]
    except (TypeError, ValueError):
        return []


def _is_of_numbers(part: Any) -> bool:
    """Whether this is a list or tuple, or nested such, of which all ends are numbers."""
    if not isinstance(part, list | tuple):
        return False
    leaves = keras.tree.flatten(part)
    return bool(leaves) and all(isinstance(leaf, int | float | np.number) for leaf in leaves)


def _is_of_pandas(leaf: Any) -> bool:
    return type(leaf).__module__.partition(".")[0] == "pandas"


def unequal(given: Mapping[str, Any]) -> tuple[tuple[str, Shape], ...]:
    """The whole arrays, by argument, whose lengths differ; `()` where all have one length, as Keras asks."""
    names = [name for name in PARTS if given.get(name) is not None]
    whole = [(name, leaf) for name in names for leaf in keras.tree.flatten(given[name])]
    shapes = tuple((name, shape_as_given(leaf)) for name, leaf in whole if is_array(leaf) and len(leaf.shape))
    return shapes if len({shape[0] for _, shape in shapes}) > 1 else ()


def is_of_arrays(data: Any) -> bool:
    """Whether all parts of some data are arrays or tensors, or absent."""
    leaves = [leaf for leaf in keras.tree.flatten(data) if leaf is not None]
    return bool(leaves) and all(map(is_array, leaves))


def is_array(leaf: Any) -> bool:
    """Whether this is an array, a tensor or a frame: something with a shape that can be sliced."""
    return hasattr(leaf, "shape") and hasattr(leaf, "__getitem__") and not hasattr(leaf, "element_spec")


def shape_as_given(leaf: Any) -> Shape:
    """The shape of an array, tensor or spec, sizes that are open as `None`."""
    return tuple(None if d is None else int(d) for d in leaf.shape)


def _shapes(model: Any, structure: Any) -> tuple[Shape, ...]:
    leaves = [leaf for leaf in keras_layers.in_model_order(model, structure) if leaf is not None]
    try:
        return tuple(shape_as_given(leaf) for leaf in leaves)
    except (AttributeError, TypeError, ValueError):  # no tensor, or not even the rank is known
        return ()


def size_of_batches(exception: BaseException) -> int | None:
    """How many samples the batches of the dataset have that a training method which raised was given."""
    sizes = (dataset_batches.size_of_batches(frame.f_locals.get("x")) for frame, _ in walk_tb(exception.__traceback__))
    return next((size for size in sizes if size is not None), None)
