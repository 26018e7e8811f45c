"""A step of `fit` or `evaluate` taken on shapes alone: forward pass, loss and metrics, by the backend itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from shapeguard.keras_compat import abstract_runs, keras_layers, keras_trainers, states, step_functions, symbolic_runs
from shapeguard.keras_compat.custom_code import has_custom_code, is_foreign
from shapeguard.records.network import Value

if TYPE_CHECKING:
    from shapeguard.records.network import Phase

_METHODS = ("compute_loss", "compute_metrics")


def decides(model: Any, phase: Phase) -> bool:
    """Whether a step on shapes tells of a real one: the model is built, and its passes and updates are Keras' own.

    The gradients of Keras' own layers have the shapes of what they are of. A loss or metric of one's own is run on
    shapes as well. PyTorch checks less of tensors without values than of others, and gets a real step.
    """
    if keras_trainers.backend() == "torch":
        return False
    own = not any(step_functions.is_overridden(model, name) for name in (*_METHODS, step_functions.STEPS[phase]))
    stateful = any(getattr(layer, "stateful", False) for layer in keras_trainers.own_layers(model))
    is_plain = model.built and own and not stateful and keras_trainers.replicas(model) == 1
    return is_plain and not has_custom_code(model) and _updates_as_keras_does(model)


def _updates_as_keras_does(model: Any) -> bool:
    return keras_trainers.is_optimizer_of(model) and not is_foreign(type(model.optimizer).__module__)


def passes(model: Any, batch: tuple[Any, Any, Any], phase: Phase) -> bool:
    """Takes the step on a batch of `Value`s; whether no value decides about it. Raises what Keras raises.

    Neither the model nor its losses and metrics are built afterwards if they were not before.
    """

    def step(x: Any, y: Any, sample_weight: Any) -> Any:
        outputs = model(x, **symbolic_runs.training_argument(model, training=phase == "train"))
        loss = model.compute_loss(x=x, y=y, y_pred=outputs, sample_weight=sample_weight)
        model.compute_metrics(x, y, outputs, sample_weight)
        return loss if phase == "train" else None

    tensors = keras.tree.map_structure(_tensor, batch)
    with states.leaving_no_mark((*keras_trainers.own_layers(model), *keras_trainers.compiled_parts(model))):
        return abstract_runs.shapes_decide(step, tensors, lambda: model.trainable_weights)


def _tensor(leaf: Any) -> Any:
    return keras_layers.KerasTensor(leaf.shape, dtype=leaf.dtype) if isinstance(leaf, Value) else leaf
