"""Runs of any function by the backend on tensors that have shapes and no values, as Keras builds models with."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import keras
from keras.src import backend  # 3.0 to 3.15, backend/*/core.py: `compute_output_spec`

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence


def shapes_decide(step: Callable[..., Any], tensors: Any, weights: Callable[[], Sequence[Any]]) -> bool:
    """Runs `step(*tensors)` on KerasTensors; whether what it does depends on no value.

    It gives a loss, or `None` where no gradients are taken. On TensorFlow sizes may be left open, and the last of the
    `weights` may have no gradient: then only a real step tells. It computes nothing and assigns to no variable. What
    `step` raises is raised. Not for PyTorch, where Keras falls back to tensors of ones.
    """
    verdicts = []

    def run(*args: Any) -> None:
        with _gradients() as reaches:
            loss = step(*args)
        verdicts.append(_is_whole() and (loss is None or reaches(loss, weights()[-1:])))

    backend.compute_output_spec(run, *tensors)
    return all(verdicts)


def outputs_of(operation: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """What a layer or operation gives for KerasTensors of known sizes as the backend works it out, past any formula.

    What it raises is raised.
    """
    call = operation if isinstance(operation, keras.layers.Layer) else operation.call
    return backend.compute_output_spec(call, *args, **kwargs)


def shapes_of(function: Callable[..., Any], *tensors: Any) -> Any:
    """What `function(*tensors)` returns for KerasTensors, as KerasTensors. What it raises is raised."""
    return backend.compute_output_spec(function, *tensors)


@contextlib.contextmanager
def _gradients() -> Iterator[Callable[[Any, Sequence[Any]], bool]]:
    """Gives a function that says whether a loss made inside has a gradient with respect to all of these weights."""
    if backend.backend() == "tensorflow":
        import tensorflow as tf  # noqa: PLC0415  loaded already: it is the backend

        with tf.GradientTape() as tape:
            yield lambda loss, weights: all(each is not None for each in tape.gradient(loss, list(weights)))
    else:  # JAX takes a gradient that is none for zero
        yield lambda *_: True


def _is_whole() -> bool:
    """Whether every shape in the graph that TensorFlow is tracing is known."""
    if backend.backend() != "tensorflow":
        return True
    import tensorflow as tf  # noqa: PLC0415  loaded already: it is the backend

    outputs = (output for each in tf.compat.v1.get_default_graph().get_operations() for output in each.outputs)
    opaque = (tf.resource, tf.variant)  # handles of variables, and lists of tensors in a loop
    return all(output.shape.is_fully_defined() for output in outputs if output.dtype not in opaque)
