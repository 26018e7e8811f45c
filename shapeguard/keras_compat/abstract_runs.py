"""Runs of any function by the backend on tensors that have shapes and no values, as Keras builds models with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
from keras.src import backend  # 3.0 to 3.15, backend/*/core.py: `compute_output_spec`

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def knows_every_size(function: Callable[..., Any], tensors: Any) -> bool:
    """Runs `function(*tensors)` on KerasTensors; whether each size in it was known, so that values decide none.

    It computes nothing and assigns to no variable. What the function raises is raised; on TensorFlow only the trace of
    a function may leave sizes open.
    """
    is_known = []

    def run(*args: Any) -> None:
        function(*args)
        is_known.append(_is_whole())

    backend.compute_output_spec(run, *tensors)
    return all(is_known)


def outputs_of(operation: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """What a layer or operation gives for KerasTensors of known sizes as the backend works it out, past any formula.

    What it raises is raised.
    """
    call = operation if isinstance(operation, keras.layers.Layer) else operation.call
    return backend.compute_output_spec(call, *args, **kwargs)


def shapes_of(function: Callable[..., Any], *tensors: Any) -> Any:
    """What `function(*tensors)` returns for KerasTensors, as KerasTensors. What it raises is raised."""
    return backend.compute_output_spec(function, *tensors)


def _is_whole() -> bool:
    """Whether every shape in the graph that TensorFlow is tracing is known."""
    if backend.backend() != "tensorflow":
        return True
    import tensorflow as tf  # noqa: PLC0415  loaded already: it is the backend

    outputs = (output for each in tf.compat.v1.get_default_graph().get_operations() for output in each.outputs)
    opaque = (tf.resource, tf.variant)  # handles of variables, and lists of tensors in a loop
    return all(output.shape.is_fully_defined() for output in outputs if output.dtype not in opaque)
