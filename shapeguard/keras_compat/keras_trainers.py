"""What Keras' trainers know: their frames, data, replicas, processes, layers and variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

METHODS = {"train": "fit", "test": "evaluate", "predict": "predict"}
CALLBACK_MODEL = "_model"  # where a callback keeps its model, 3.0 to 3.15, callbacks/callback.py


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


def keep_callbacks(frame: FrameType, kinds: tuple[type, ...]) -> None:
    """Makes the running `fit` call only callbacks of these classes from now on."""
    container = frame.f_locals["callbacks"]  # a CallbackList, 3.0 to 3.15, backend/*/trainer.py
    container.callbacks = [each for each in container.callbacks if isinstance(each, kinds)]


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


def batch_in(frames: Sequence[FrameType]) -> Any | None:
    """The batch that a step took, from the frames that an exception came through; `None` where it took none."""
    for frame in reversed(frames):
        module = str(frame.f_globals.get("__name__", ""))
        if module.startswith("keras.src.") and module.endswith(".trainer"):  # 3.0 to 3.15, of Keras and each backend
            batch = frame.f_locals.get("data_batch", frame.f_locals.get("data"))
            if isinstance(batch, tuple | list) and batch:
                return batch
    return None


def is_optimizer_of(model: Any) -> bool:
    """Whether the optimizer, where it was built before, was built for the weights that the model trains now."""
    optimizer = model.optimizer
    if optimizer is None or not optimizer.built:
        return True
    built_for = optimizer._trainable_variables  # noqa: SLF001  3.0 to 3.15, optimizers/base_optimizer.py
    return [id(each) for each in built_for] == [id(each) for each in model.trainable_variables]


def compiled_parts(model: Any) -> list[Any]:
    """What Keras makes of the losses and metrics given to `compile`, and builds with the first batch."""
    holders = (model._compile_loss, model._compile_metrics)  # noqa: SLF001  3.0 to 3.15, trainers/trainer.py
    given = keras.tree.flatten(getattr(model._compile_metrics, "_user_metrics", None))  # noqa: SLF001  3.0 to 3.15
    parts = (*holders, *given, *model.metrics)
    return [each for each in parts if isinstance(each, keras.losses.Loss | keras.metrics.Metric)]


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
    variables = [*model.variables, *model.metrics_variables, *(() if optimizer is None else optimizer.variables)]
    return list({id(each): each for each in variables}.values())


def are_initialized(model: Any) -> bool:
    """Whether all variables have values that are there outside of the trace that made them, which TensorFlow tells."""
    import tensorflow as tf  # noqa: PLC0415  loaded already: it is the backend

    with tf.init_scope():
        # 3.0 to 3.15, backend/tensorflow/core.py: `value` may be a cast tensor of the trace
        return all(
            each._value is not None and bool(each._value.is_initialized())  # noqa: SLF001
            for each in model.variables
        )


def in_stateless_scope() -> bool:
    """Whether Keras assigns to its scope just now, and to no variable."""
    from keras.src.backend import common  # noqa: PLC0415  3.0 to 3.15, backend/common/stateless_scope.py

    return bool(common.stateless_scope.in_stateless_scope())


def class_of_methods(name: str) -> type | None:
    """The class that defines a method of `keras.Model`, whichever backend's trainer that is."""
    return next((cls for cls in keras.Model.__mro__ if name in vars(cls)), None)
