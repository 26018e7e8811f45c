"""Models that are there before a program calls them: what inputs they declare, and whether they were trained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from shapeguard.keras_compat.keras_layers import InputLayer, functional_of, in_model_order

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapeguard.records.network import Shape
    from shapeguard.records.source import Construction


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
    """Whether a model has made a training step."""
    optimizer = getattr(model, "optimizer", None)
    return optimizer is not None and int(optimizer.iterations) > 0
