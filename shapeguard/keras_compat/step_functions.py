"""The step functions that Keras makes of a model, and the state that a step takes from it on JAX."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from shapeguard.keras_compat import keras_trainers

if TYPE_CHECKING:
    from collections.abc import Sequence

FUNCTIONS = {"train": "train_function", "test": "test_function", "predict": "predict_function"}
STEPS = {"train": "train_step", "test": "test_step", "predict": "predict_step"}
# What `_get_jax_state` collects for each phase, in this order (3.0 to 3.15, backend/jax/trainer.py).
_JAX_STATE = {
    "train": ("trainable_variables", "non_trainable_variables", "optimizer_variables", "metrics_variables"),
    "test": ("trainable_variables", "non_trainable_variables", "metrics_variables"),
    "predict": ("trainable_variables", "non_trainable_variables"),
}


def has_all_variables(model: Any, phase: str) -> bool:
    """Whether a step makes no variables, as that of an unbuilt model does, or the first of an optimizer."""
    optimizer = getattr(model, "optimizer", None) if phase == "train" else None
    is_built = all(layer.built for layer in keras_trainers.own_layers(model))
    return is_built and (optimizer is None or bool(optimizer.built))


def has_own_step(model: Any, phase: str) -> bool:
    """Whether the class of the model overrides what a step does, so that it may call the model several times."""
    return is_overridden(model, STEPS[phase])


def is_overridden(model: Any, method: str) -> bool:
    """Whether the class of the model, or the model itself, has another method of this name than `keras.Model`."""
    return getattr(type(model), method) is not getattr(keras.Model, method) or method in vars(model)


def make_function(model: Any, phase: str, *, anew: bool = False) -> Any:
    """Makes the model's step function where there is none, as `fit` does, or `anew`; returns it."""
    getattr(model, f"make_{FUNCTIONS[phase]}")(force=anew)
    return getattr(model, FUNCTIONS[phase])


def put_back_jax_state(model: Any, phase: str, state: Sequence[Any]) -> bool:
    """Gives the variables the values in `state` again, which Keras took from them for the step; whether that was so.

    Keras leaves every variable empty when the first step raises (`_purge_model_variables`, backend/jax/trainer.py).
    Values that the step has consumed (donated) cannot be put back.
    """
    if any(getattr(x, "is_deleted", bool)() for x in keras.tree.flatten(state)):
        return False
    model._jax_state = dict(zip(_JAX_STATE[phase], state, strict=False))  # noqa: SLF001  3.0 to 3.15
    model._jax_state_synced = False  # noqa: SLF001  3.0 to 3.15
    model.jax_state_sync()
    return True


def make_stale(model: Any) -> None:
    """Tells Keras that the variables are older than what a step returns, as they are while it steps on JAX."""
    model._jax_state_synced = False  # noqa: SLF001  3.0 to 3.15, backend/jax/trainer.py
