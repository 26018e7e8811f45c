"""The door to what Keras' trainers keep private; each use names the version and file where it was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from shapeguard.keras_compat import keras_layers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

FUNCTIONS = {"train": "train_function", "test": "test_function", "predict": "predict_function"}
METHODS = {"train": "fit", "test": "evaluate", "predict": "predict"}
CALLBACK_MODEL = "_model"  # where a callback keeps its model, 3.0 to 3.15, callbacks/callback.py
_STEPS = {"train": "train_step", "test": "test_step", "predict": "predict_step"}
# What `_get_jax_state` collects for each phase, in this order (3.0 to 3.15, backend/jax/trainer.py).
_JAX_STATE = {
    "train": ("trainable_variables", "non_trainable_variables", "optimizer_variables", "metrics_variables"),
    "test": ("trainable_variables", "non_trainable_variables", "metrics_variables"),
    "predict": ("trainable_variables", "non_trainable_variables"),
}


def backend() -> str:
    """The name of the backend that Keras runs on."""
    return str(keras.config.backend())


def is_trainer_frame(frame: FrameType, model: Any, phase: str) -> bool:
    """Whether the frame is Keras' own `fit`, `evaluate` or `predict` of this model, past the making of its iterator."""
    variables = frame.f_locals
    return (
        frame.f_code.co_name == METHODS[phase]
        and "epoch_iterator" in variables  # 3.0 to 3.15, backend/*/trainer.py
        and variables.get("self") is model
    )


def element_spec(epoch_iterator: Any) -> Any | None:
    """The specs of a batch on TensorFlow, one replica's under a strategy; `None` on other backends."""
    dataset = getattr(epoch_iterator, "_distributed_dataset", None)  # 3.0 to 3.15, backend/tensorflow/trainer.py
    if dataset is None:
        return None
    return first_replica(dataset.element_spec)


def first_replica(specs: Any) -> Any:
    """The same specs, of one replica where they are those of several."""

    def first(spec: Any) -> Any:
        per_replica = getattr(spec, "_value_specs", None)  # TensorFlow 2.18 to 2.21, distribute/values.py
        return per_replica[0] if per_replica else spec

    return keras.tree.map_structure(first, specs)


def first_batches(data_adapter: Any) -> Any | None:
    """A batch that Keras has drawn from a generator already and will serve first; `None` for other adapters."""
    batches = getattr(
        data_adapter, "_first_batches", None
    )  # 3.0 to 3.15, trainers/data_adapters/generator_data_adapter.py
    return batches[0] if batches else None


def replicas(model: Any) -> int:
    """Among how many replicas a batch is divided; 1 without a distribution strategy."""
    strategy = getattr(model, "_distribute_strategy", None)  # 3.0 to 3.15, backend/tensorflow/trainer.py
    return 1 if strategy is None else int(strategy.num_replicas_in_sync)


def processes_joined() -> int:
    """Of how many processes' batches Keras makes the one that a step takes; 1 in a job of one process.

    It joins what each process serves along the batch axis (3.0 to 3.15, backend/jax/trainer.py, `_distribute_data`).
    """
    distribution = keras.distribution.distribution() if backend() == "jax" else None
    if distribution is None:
        return 1
    import jax  # noqa: PLC0415  loaded already: it is the backend

    mesh = distribution.device_mesh
    # Processes that hold parts of one replica serve the same rows.
    axis = mesh.axis_names.index(distribution._batch_dim_name)  # noqa: SLF001  3.6 to 3.15, distribution_lib.py
    replicas = mesh.shape[axis]
    return min(int(jax.process_count()), int(replicas))


def own_layers(model: Any) -> Sequence[Any]:
    """The model and all layers below it that it tracks."""
    layers: Sequence[Any] = model._flatten_layers()  # noqa: SLF001  3.0 to 3.15, layers/layer.py
    return layers


def variables_of(model: Any) -> list[Any]:
    """All that a step may change: weights, seeds, what optimizer and metrics keep; each once."""
    optimizer = getattr(model, "optimizer", None)
    found = [*model.variables, *model.metrics_variables, *(() if optimizer is None else optimizer.variables)]
    return list({id(each): each for each in found}.values())


def are_initialized(model: Any) -> bool:
    """Whether all variables have values that are there outside of the trace that made them, which TensorFlow tells."""
    import tensorflow as tf  # noqa: PLC0415  loaded already: it is the backend

    with tf.init_scope():
        # 3.0 to 3.15, backend/tensorflow/core.py: `value` may be a cast tensor of the trace
        return all(
            each._value is not None and bool(each._value.is_initialized())  # noqa: SLF001
            for each in model.variables
        )


def has_all_variables(model: Any, phase: str) -> bool:
    """Whether a step makes no variables, as that of an unbuilt model does, or the first of an optimizer."""
    optimizer = getattr(model, "optimizer", None) if phase == "train" else None
    return all(layer.built for layer in own_layers(model)) and (optimizer is None or bool(optimizer.built))


def in_stateless_scope() -> bool:
    """Whether Keras assigns to its scope just now, and to no variable."""
    from keras.src.backend import common  # noqa: PLC0415  3.0 to 3.15, backend/common/stateless_scope.py

    return bool(common.stateless_scope.in_stateless_scope())


def has_own_step(model: Any, phase: str) -> bool:
    """Whether the class of the model overrides what a step does, so that it may call the model several times."""
    return _is_overridden(model, _STEPS[phase])


def _is_overridden(model: Any, method: str) -> bool:
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


def losses_of(model: Any) -> Any:
    """The losses given to the latest `compile`, nested as they were; `None` where there are none."""
    compiled = getattr(model, "_compile_loss", None)  # 3.0 to 3.15, trainers/trainer.py; `model.loss` may be stale
    return None if compiled is None else compiled._user_loss  # noqa: SLF001  3.0 to 3.15, trainers/compile_utils.py


class _Asked(keras.losses.Loss):  # type: ignore[misc]
    """Stands for a loss given to `compile`: notes what it is handed, and is no loss at all."""

    def __init__(self, loss: Any, pairs: list[tuple[Any, Any, Any]]) -> None:
        super().__init__(name="asked")
        self._loss, self._pairs = loss, pairs

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> float:
        del sample_weight
        self._pairs.append((self._loss, y_true, y_pred))
        return 0.0


def pairs_of(model: Any, y_true: Any, y_pred: Any) -> list[tuple[Any, Any, Any]]:
    """The losses given to the latest `compile`, each with what of these two structures Keras hands to it.

    Keras' own class pairs them, which it does otherwise in 3.6 than in 3.15 (trainers/compile_utils.py, `CompileLoss`):
    by `output_names`, by keys, or in flattened order. Empty where it refuses the structures. Leaves may be any objects.
    """
    compiled = getattr(model, "_compile_loss", None)  # 3.0 to 3.15, trainers/trainer.py
    if compiled is None:
        return []
    asked: list[tuple[Any, Any, Any]] = []

    class Asking(type(compiled)):  # type: ignore[misc]
        @property
        def metrics(self) -> list[None]:
            return [None for _ in super().metrics]  # one for each loss: `call` stops behind the last

    with keras_layers.keeping_names():
        losses = keras.tree.map_structure(lambda loss: None if loss is None else _Asked(loss, asked), losses_of(model))
        try:
            Asking(losses, output_names=compiled.output_names).call(y_true, y_pred)
        except Exception:  # noqa: BLE001  Keras will refuse the structures in its own time
            return []
    return asked


def compares_targets(model: Any, phase: str) -> bool:
    """Whether the targets come to the compiled losses as they are given: nothing on that way is the user's own."""
    step = _STEPS["train" if phase == "train" else "test"]
    return not _is_overridden(model, "compute_loss") and not _is_overridden(model, step)


def class_of_methods(name: str) -> type | None:
    """The class that defines a method of `keras.Model`, whichever backend's trainer that is."""
    return next((cls for cls in keras.Model.__mro__ if name in vars(cls)), None)


def is_filtering() -> bool:
    """Whether Keras drops its own frames from tracebacks."""
    return bool(keras.config.is_traceback_filtering_enabled())
