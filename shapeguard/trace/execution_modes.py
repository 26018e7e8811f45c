"""How Keras executes a model's steps: traced or eagerly, and what may be done with them for that."""

from __future__ import annotations

from typing import Any

from shapeguard.keras_compat import keras_trainers


def is_traced(model: Any) -> bool:
    """Whether the model's steps are compiled, so that the layers' Python code runs only while tracing."""
    if model.run_eagerly:
        return False
    backend = keras_trainers.backend()
    return backend == "tensorflow" or (backend == "jax" and bool(model.jit_compile))


def has_open_sizes(model: Any) -> bool:
    """Whether a trace of the model's steps may leave sizes open, which only TensorFlow's do."""
    return keras_trainers.backend() == "tensorflow" and is_traced(model)


def is_compiled_by_torch(model: Any) -> bool:
    """Whether the model's steps are wrapped by `torch.compile`."""
    return keras_trainers.backend() == "torch" and bool(model.jit_compile) and not model.run_eagerly


def may_abandon(model: Any) -> bool:
    """Whether a step of the model may be left before its end: on TensorFlow its variables must be there."""
    if keras_trainers.backend() != "tensorflow":
        return True
    return all(layer.built for layer in keras_trainers.own_layers(model)) and keras_trainers.are_initialized(model)
