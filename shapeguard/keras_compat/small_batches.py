"""Real calls on small batches of noise, to see whether the samples of a batch have an effect on each other."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from shapeguard.keras_compat import keras_layers, symbolic_runs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shapeguard.records.network import Shape

SAMPLES = 3
LARGEST = 1 << 20
"""Numbers in a batch: what takes more is not tried."""


def mixes_samples(
    operation: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any], outputs: Sequence[Shape], samples: int
) -> bool | None:
    """Whether the first samples come out otherwise when the last one is another; `None` if a batch is too large.

    The KerasTensors among the arguments, and the shapes of the `outputs`, are those of a batch of `samples`. Of a call
    that draws random numbers nothing is said. What the call raises is raised.
    """
    tensors = [x for x in keras.tree.flatten((args, kwargs)) if isinstance(x, keras_layers.KerasTensor)]
    shapes = [_resized(tuple(x.shape), samples) for x in tensors]
    if sum(map(prod, shapes)) > LARGEST:
        return None
    arrays, others = _two_batches(tensors, shapes)
    first, again, other = (_called(operation, args, kwargs, given) for given in (arrays, arrays, others))
    apart = [place for place, shape in enumerate(outputs) if shape and not (shape[0] or 1) % samples]
    is_random = any(_differs(first[place], again[place], len(first[place])) for place in apart)
    return not is_random and _others_differ(first, other, apart)


def _others_differ(first: Sequence[Any], other: Sequence[Any], apart: Sequence[int]) -> bool:
    """Whether the samples that both batches have come out differently in some output."""
    return any(_differs(first[place], other[place], _kept(len(first[place]))) for place in apart)


def _two_batches(tensors: Sequence[Any], shapes: Sequence[tuple[int, ...]]) -> tuple[list[Any], list[Any]]:
    """Noise for the tensors, and the same with another last sample."""
    random = np.random.default_rng(0)
    arrays = [_noise(random, shape, x.dtype) for shape, x in zip(shapes, tensors, strict=True)]
    pairs = zip(arrays, tensors, strict=True)
    return arrays, [a if a.shape == tuple(x.shape) else _with_another_last(random, a) for a, x in pairs]


def _resized(shape: Shape, samples: int) -> tuple[int, ...]:
    """The shape for a small batch; the same where its first axis does not count samples."""
    sizes = tuple(size or 1 for size in shape)
    return (sizes[0] // samples * SAMPLES, *sizes[1:]) if sizes and not sizes[0] % samples else sizes


def _noise(random: np.random.Generator, shape: tuple[int, ...], dtype: str) -> Any:
    if dtype == "bool":
        return random.random(shape) < 0.5
    return random.random(shape).astype(dtype) if "float" in dtype else random.integers(0, 2, shape).astype(dtype)


def _with_another_last(random: np.random.Generator, array: Any) -> Any:
    kept = _kept(len(array))
    return np.concatenate([array[:kept], _noise(random, array[kept:].shape, str(array.dtype))])


def _kept(rows: int) -> int:
    """How many rows belong to the samples before the last."""
    return rows // SAMPLES * (SAMPLES - 1)


def _called(operation: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any], arrays: list[Any]) -> list[Any]:
    rest = iter(arrays)

    def filled(x: Any) -> Any:
        return keras.ops.convert_to_tensor(next(rest)) if isinstance(x, keras_layers.KerasTensor) else x

    args, kwargs = keras.tree.map_structure(filled, (args, dict(kwargs)))
    if isinstance(operation, keras_layers.Layer):
        outputs = operation(*args, **{**kwargs, **symbolic_runs.training_argument(operation, training=False)})
    else:
        outputs = operation.call(*args, **kwargs)
    return [keras.ops.convert_to_numpy(x) for x in keras.tree.flatten(outputs) if keras.ops.is_tensor(x)]


def _differs(one: Any, other: Any, rows: int) -> bool:
    return not np.allclose(one[:rows], other[:rows], rtol=1e-3, atol=1e-5, equal_nan=True)
