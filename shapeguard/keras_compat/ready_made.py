"""Models and layers that are there before a program calls them: what they declare, and whether they have learned."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from shapeguard.keras_compat.keras_layers import InputLayer, functional_of, in_model_order
from shapeguard.keras_compat.keras_trainers import own_layers
from shapeguard.keras_compat.states import outside_traces

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapeguard.records.network import Shape
    from shapeguard.records.source import Construction

FEW = 1 << 16
"""Numbers in a weight that is looked at: what takes more is not compared."""


def declared_inputs(
    model: Any, inputs: Any, construction_of: Callable[[Any], Construction | None]
) -> list[tuple[Any, Shape]]:
    """Each leaf of what a model is called with and the shape that it declares for it; nothing where it declares none.

    A Sequential without an `Input` declares none while nothing but the call itself has built it.
    """
    functional = functional_of(model)
    if functional is None or (isinstance(model, keras.Sequential) and _is_built_by_call(model, construction_of)):
        return []
    pairs = zip(in_model_order(model, inputs), functional.inputs, strict=False)
    return [(given, tuple(declared.shape)) for given, declared in pairs]


def accepted_shapes(declared: Shape) -> tuple[Shape, ...]:
    """The shapes that a Functional model takes for an input: it adds or drops a last axis of 1, and any batch will do.

    Seen in models/functional.py, `_adjust_input_rank`, and layers/input_spec.py, 3.0 to 3.15.
    """
    free = (None, *declared[1:])
    shorter = (free[:-1],) if free[-1] == 1 else ()
    return (free, (*free, 1), *shorter)


def _is_built_by_call(model: Any, construction_of: Callable[[Any], Construction | None]) -> bool:
    """Whether Keras put the InputLayer in when it first called the model, for the shape that came in."""
    first = model._layers[0]  # noqa: SLF001  3.0 to 3.15, models/sequential.py
    if not isinstance(first, InputLayer) or first.batch_shape[0] is not None or model.compiled:
        return False
    of_input, of_first = construction_of(first), construction_of(model.layers[0])
    config = getattr(getattr(first, "_auto_config", None), "config", {})  # 3.0 to 3.15, ops/operation.py
    # `Sequential.build` passes a batch_shape and a dtype, `add` for `input_shape=` a shape, `from_config` all there is.
    by_build = config.get("shape") is None and config.get("dtype") is not None and config.get("sparse") is None
    if of_input is None or of_first is None:
        return False
    return by_build and of_input.indirect and not of_first.indirect


def was_trained(model: Any) -> bool:
    """Whether a model has made a training step; on JAX a `fit` that is running takes that knowledge with it."""
    optimizer = getattr(model, "optimizer", None)
    if optimizer is None or getattr(optimizer.iterations, "_value", None) is None:  # 3.0 to 3.15, common/variables.py
        return False
    with outside_traces():
        return int(keras.ops.convert_to_numpy(optimizer.iterations)) > 0


def has_other_weights(layer: Any) -> bool:
    """Whether some weight of a layer is not what its initializer made of it: it was trained, loaded or set.

    Of an initializer that does not give the same again, and of large weights, nothing is said.
    """
    weights = [(owner, weight) for owner in own_layers(layer) for weight in _of(owner)]
    with outside_traces():
        return any(_is_other(owner, weight, is_own=owner is layer) for owner, weight in weights)


def _of(layer: Any) -> list[Any]:
    return [*layer._trainable_variables, *layer._non_trainable_variables]  # noqa: SLF001  3.0 to 3.15, layers/layer.py


def _is_other(owner: Any, weight: Any, *, is_own: bool) -> bool:
    """Whether a weight has other values than its initializer gives; of a layer inside another only constants tell.

    Keras makes inner layers with copies of an initializer, and the bias of an LSTM with ones among its zeros.
    """
    initializer = getattr(owner, f"{weight.name}_initializer", None)
    if initializer is None or prod(weight.shape) > FEW:
        return False
    try:
        value, first, again = map(keras.ops.convert_to_numpy, (weight, *(_made_by(initializer, weight) for _ in "12")))
    except Exception:  # noqa: BLE001  a weight that has no value yet, an initializer that takes none of this
        return False
    is_constant = bool(first.size) and bool((first == first.flat[0]).all())
    if not np.array_equal(first, again) or not (is_own or is_constant):
        return False
    return not np.allclose(value, first) and not (is_constant and bool(np.isin(value, (0, 1)).all()))


def _made_by(initializer: Any, weight: Any) -> Any:
    return initializer(tuple(weight.shape), dtype=weight.dtype)
