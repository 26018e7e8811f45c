"""What a running `fit`, `evaluate` or `predict` was given: the shapes of data and targets, batch size and losses."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import sys
from typing import TYPE_CHECKING, Any

import keras

from shapeguard.keras_compat import compiled_losses, keras_layers, keras_trainers
from shapeguard.keras_compat.compile_calls import place_of_compile
from shapeguard.records.network import Feed, Phase, Value
from shapeguard.source.fit_call import UserCall, user_call
from shapeguard.trace import given_data
from shapeguard.trace.mapped_elements import mapped_elements
from shapeguard.trace.replay import input_tensors as model_inputs
from shapeguard.trace.target_values import axes_alike, values_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import FrameType

    from shapeguard.records.network import Network, Shape
    from shapeguard.records.targets import CompiledLoss, TargetValues

DEFAULT_BATCH_SIZE = 32  # keras/src/trainers/data_adapters/array_data_adapter.py, 3.0 to 3.15


def running_frame(model: Any, phase: Phase) -> FrameType | None:
    """The frame of Keras' `fit`, `evaluate` or `predict` that is running on this model; `None` outside of one."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001
    while frame is not None and not keras_trainers.is_trainer_frame(frame, model, phase):
        frame = frame.f_back
    return frame


def feed_of(model: Any, frame: FrameType | None, phase: Phase) -> Feed:
    """What the running method was given, read from its frame; what cannot be read stays empty.

    Never draws a batch: data that only its iterator knows (a `PyDataset` on JAX and PyTorch) has no shapes here.
    """
    if frame is None:
        return Feed(phase, loss=losses_of(model))
    variables = frame.f_locals
    adapter = variables["epoch_iterator"].data_adapter
    batch = _batch(model, variables, phase)
    feed = feed_of_batch(model, batch, phase, user_call(frame.f_back))
    drawn = keras_trainers.first_batches(adapter)
    source, given = given_data.given(
        model, variables.get("x"), given_data.unpacked(batch if drawn is None else drawn)[0]
    )
    feed = dataclasses.replace(
        feed,
        source=source,
        given=given,
        batch_size=_batch_size(adapter),
        samples=_samples(variables),
        frames=given_data.frames(variables),
        values=_target_values(variables, phase),
        alike=axes_alike(variables.get("sample_weight")),
        validation=_validation(model, variables.get("validation_data")),
        compile_span=place_of_compile(model),
        mapped=mapped_elements(variables.get("x"), functools.partial(feed_of_batch, model, phase=phase)),
    )
    return _of_the_whole_job(_times(feed, keras_trainers.replicas(model)))


def feed_of_arguments(
    model: Any, args: Sequence[Any], kwargs: Mapping[str, Any], phase: Phase, call: UserCall | None = None
) -> Feed:
    """What a call of `fit` or its like was given, read from its arguments: for calls that raised early."""
    given = arguments_of(args, kwargs, phase)
    variables = {name: given.get(name) for name in ("x", "y", "sample_weight")}
    samples = _samples(variables)
    size = given.get("batch_size") or (DEFAULT_BATCH_SIZE if samples is not None else None)
    batch = _batch_of_arrays(variables, _first_size(size, samples, phase))
    if batch is None:
        batch = getattr(given.get("x"), "element_spec", None)
    feed = feed_of_batch(model, batch, phase, call or UserCall())
    source, whole = given_data.given(model, given.get("x"), None)
    feed = dataclasses.replace(
        feed,
        source=source,
        given=whole,
        batch_size=size,
        samples=samples,
        frames=given_data.frames(variables),
        values=_target_values(variables, phase),
        alike=axes_alike(variables.get("sample_weight")),
        validation=_validation(model, given.get("validation_data")),
        compile_span=place_of_compile(model),
        unequal=given_data.unequal(given),
        lists=given_data.lists(given),
    )
    return _of_the_whole_job(feed)


def arguments_of(args: Sequence[Any], kwargs: Mapping[str, Any], phase: Phase) -> Mapping[str, Any]:
    """What a call of `fit` or its like passes for each parameter; nothing where it does not fit these."""
    method = getattr(keras.Model, keras_trainers.METHODS[phase])
    try:
        return inspect.signature(method).bind_partial(None, *args, **kwargs).arguments
    except TypeError:
        return {}


def _target_values(variables: Mapping[str, Any], phase: Phase) -> tuple[TargetValues, ...]:
    return () if phase == "predict" else values_of(variables.get("x"), variables.get("y"))


def _validation(model: Any, data: Any) -> tuple[Shape, ...] | None:
    """The shapes of the inputs that `validation_data` holds; `()` where they are not known, `None` without any."""
    if data is None:
        return None
    specs = getattr(data, "element_spec", None)
    if specs is not None:
        return _shapes(keras_layers.in_model_order(model, given_data.unpacked(specs)[0]))
    return _shapes(keras_layers.in_model_order(model, data[0])) if isinstance(data, tuple | list) else ()


def _of_the_whole_job(feed: Feed) -> Feed:
    """The feed of all processes, from what this one brings to it: a literal batch is the global one."""
    processes = keras_trainers.processes_joined()
    return dataclasses.replace(
        _times(feed, processes),
        batch_size=None if feed.batch_size is None else feed.batch_size * processes,
        samples=None if feed.samples is None else feed.samples * processes,
    )


def _times(feed: Feed, parts: int) -> Feed:
    """The feed whose signature is that of a batch of which it had one part."""

    def whole(leaf: Any) -> Any:
        if not isinstance(leaf, Value) or not leaf.shape or leaf.shape[0] is None:
            return leaf
        return Value((leaf.shape[0] * parts, *leaf.shape[1:]), leaf.dtype)

    return dataclasses.replace(feed, signature=keras.tree.map_structure(whole, feed.signature)) if parts > 1 else feed


def feed_of_batch(model: Any, batch: Any, phase: Phase, call: UserCall | None = None) -> Feed:
    """The feed that this batch of tensors, arrays or specs `(x, y, sample_weight)` makes; `None` is no knowledge."""
    x, y, weights = given_data.unpacked(batch)
    signature = None if x is None else keras.tree.map_structure(value_of, x)
    call = call or UserCall()
    source, whole = given_data.given(model, None, x)
    return Feed(
        phase,
        inputs=_shapes(keras_layers.in_model_order(model, x)),
        given=whole,
        source=source,
        targets=() if phase == "predict" else _shapes(y),
        loss=() if phase == "predict" else losses_of(model),
        signature=signature,
        keys=given_data.keys_of({"y": y, "sample_weight": weights}),
        parts=_parts(batch),
        target_structure=None if y is None or phase == "predict" else keras.tree.map_structure(value_of, y),
        weight_structure=None if weights is None else keras.tree.map_structure(value_of, weights),
        **_places(call),
    )


def with_call(feed: Feed, call: UserCall) -> Feed:
    """The feed with the places of the user's call that gave it."""
    return dataclasses.replace(feed, **_places(call))


def _places(call: UserCall) -> dict[str, Any]:
    return {field.name: getattr(call, field.name) for field in dataclasses.fields(call)}


def _parts(batch: Any) -> tuple[tuple[Shape, ...], ...]:
    """The shapes in each part of a batch."""
    given = batch if isinstance(batch, tuple | list) else (batch,)
    return tuple(_shapes(part) for part in given if part is not None)


def feed_of_step(model: Any, feed: Feed, data: Any, network: Network | None) -> Feed:
    """The feed of the phase with what one step really takes, from its data, else from the pass it made."""
    if data is not None:
        now = feed_of_batch(model, data, feed.phase)
        return dataclasses.replace(
            feed,
            inputs=now.inputs,
            targets=now.targets or feed.targets,
            signature=now.signature,
            target_structure=now.target_structure or feed.target_structure,
        )
    if feed.inputs or network is None:
        return feed
    return dataclasses.replace(feed, inputs=tuple(network.values[index].shape[1:] for index in network.inputs))


def input_tensors(feed: Feed, model: Any) -> Any | None:
    """KerasTensors to call the model with: from what it is fed, else from its own inputs; `None` where unknown."""
    if feed.signature is None:
        return model_inputs(model)
    return keras.tree.map_structure(
        lambda x: keras_layers.KerasTensor(x.shape, dtype=x.dtype) if isinstance(x, Value) else x, feed.signature
    )


def losses_of(model: Any) -> tuple[CompiledLoss | None, ...]:
    """The losses given to `compile`, flattened in Keras' order."""
    loss = compiled_losses.losses_of(model)
    return () if loss is None else tuple(map(compiled_losses.described, keras.tree.flatten(loss)))


def _batch(model: Any, variables: Mapping[str, Any], phase: Phase) -> Any | None:
    """The specs or arrays of one batch, cheapest source first."""
    epoch_iterator = variables["epoch_iterator"]
    size = _batch_size(epoch_iterator.data_adapter)
    arrays = _batch_of_arrays(variables, _first_size(size, _samples(variables), phase, keras_trainers.replicas(model)))
    spec = keras_trainers.element_spec(epoch_iterator)
    if spec is not None and (arrays is None or phase != "predict"):
        return spec
    if arrays is not None:
        return arrays
    drawn = keras_trainers.first_batches(epoch_iterator.data_adapter)
    if (
        drawn is not None or keras_trainers.processes_joined() > 1
    ):  # a dataset's own spec may be the job's or the process'
        return drawn
    return getattr(variables.get("x"), "element_spec", None)


def _first_size(size: int | None, samples: int | None, phase: Phase, replicas: int = 1) -> int | None:
    """The batch axis of the first step for arrays; on TensorFlow it is open where the last batch is shorter."""
    if size is None or samples is None:
        return None
    if keras_trainers.backend() == "tensorflow" and (replicas > 1 or (phase != "predict" and samples % size)):
        return None
    return min(size, samples)


def _batch_of_arrays(variables: Mapping[str, Any], size: int | None) -> Any | None:
    """`(x, y, sample_weight)` as `Value`s of batch size `size` where all are arrays; else `None`."""
    parts = tuple(variables.get(name) for name in ("x", "y", "sample_weight"))
    if parts[0] is None or not all(given_data.is_array(leaf) for leaf in keras.tree.flatten(parts) if leaf is not None):
        return None

    def first(leaf: Any) -> Any:
        return None if leaf is None else Value((size, *given_data.shape_as_given(leaf)[1:]), _dtype(leaf))

    return tuple(keras.tree.map_structure(first, part) for part in parts)


def _samples(variables: Mapping[str, Any]) -> int | None:
    leaves = [leaf for leaf in keras.tree.flatten(variables.get("x")) if leaf is not None]
    if not leaves or not all(given_data.is_array(leaf) and len(given_data.shape_as_given(leaf)) for leaf in leaves):
        return None
    return given_data.shape_as_given(leaves[0])[0]


def _batch_size(adapter: Any) -> int | None:
    try:
        size = adapter.batch_size
    except NotImplementedError:
        return None
    return None if size is None else int(size)


def _dtype(leaf: Any) -> str:
    """The dtype in which the model gets it: Keras converts floating arrays to its default (array_slicing.py)."""
    if isinstance(leaf, Value):
        return leaf.dtype
    try:
        name = keras.backend.standardize_dtype(leaf.dtype)
    except (ValueError, AttributeError):
        return "string" if "str" in str(getattr(leaf, "dtype", "")) else str(keras.config.floatx())
    return str(keras.config.floatx() if "float" in name else name)


def value_of(leaf: Any) -> Any:
    """A `Value` for a tensor, array or spec; `None` for an absent input; anything else as it is."""
    if type(leaf).__name__ == "NoneTensorSpec":  # how `tf.data` tells of a `None`
        return None
    if isinstance(leaf, Value) or not hasattr(leaf, "shape"):
        return leaf
    try:
        return Value(given_data.shape_as_given(leaf), _dtype(leaf))
    except (TypeError, ValueError):  # not even the rank is known
        return None


def _shapes(structure: Any) -> tuple[Shape, ...]:
    values = [value_of(leaf) for leaf in keras.tree.flatten(structure)]
    return tuple(value.shape[1:] for value in values if isinstance(value, Value))
