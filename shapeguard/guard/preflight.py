"""Which forward pass is looked at before the first step, and with which shapes."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import keras

from shapeguard.capture import constructions
from shapeguard.capture.expectation_store import expectations_of, input_expectations_of
from shapeguard.diagnosis.keras_fallback import promised_by
from shapeguard.keras_compat import keras_layers, keras_trainers, states, step_functions, symbolic_runs
from shapeguard.keras_compat.custom_code import has_custom_code, is_custom
from shapeguard.records.network import Value
from shapeguard.source.suppressions import may_suppress
from shapeguard.spec import all_agree
from shapeguard.trace import feed as feeding
from shapeguard.trace import replay as replaying
from shapeguard.trace import wrapped_layers

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

    from shapeguard.records.expectations import Expectation
    from shapeguard.records.network import Feed, Network, Phase, Shape
    from shapeguard.source.fit_call import UserCall


def preflight(model: Any, feed: Feed) -> Network | None:
    """The pass that the first step will make, seen without making it; `None` where only the step itself can tell.

    A look-ahead covers what comes with Keras alone: custom code runs as often as without a guard. Call it while
    `looking_ahead(model)`.
    """
    if has_custom_code(model):
        return None
    network = dry_run(model, feed)
    return network if network is not None and network.complete else None


def looking_ahead(model: Any) -> contextlib.AbstractContextManager[None]:
    """Whatever runs inside leaves no mark, and a deferred model that is built inside is not built afterwards."""
    return states.leaving_no_mark() if model.built else undisturbed(model)


def known_pass(model: Any, feed: Feed) -> Network | None:
    """The pass of a built functional model whose step was traced before: what custom layers give is what they gave.

    Nothing of theirs is run. `None` for other models, and where a layer's own word for its output must be taken. Call
    it while `looking_ahead(model)`.
    """
    functional = keras_layers.functional_of(model) if model.built else None
    if functional is None or is_custom(model):
        return None
    inputs = inputs_for(model, feed)
    if inputs is None:
        return None
    try:
        network = replaying.replay(model, inputs, training=feed.phase == "train", shortcut=_given_before)
    except _NotKnownError:
        return None
    return network if network.complete else None


class _NotKnownError(
    BaseException
):  # past the handlers by which a replay calls a model as a whole, custom code included
    """What a custom layer gives for these shapes is not known."""


def is_more_expected(model: Any, network: Network, missing: Iterable[Expectation]) -> bool:
    """Whether anything is expected of layers of the model that the pass did not come to, as inside custom layers."""
    seen = {id(call.operation) for call in network.calls}
    is_attached = any(id(layer) not in seen and expectations_of(layer) for layer in keras_trainers.own_layers(model))
    return is_attached or len(without_layers_of(model, missing)) < len(tuple(missing))


def without_layers_of(model: Any, missing: Iterable[Expectation]) -> tuple[Expectation, ...]:
    """The expectations by key but for those that name a layer of the model, which a pass may not have come to."""
    names = {layer.name for layer in keras_trainers.own_layers(model)}
    return tuple(each for each in missing if each.target.rpartition("/")[2] not in names)


def promises_shapes(model: Any) -> bool:
    """Whether a Lambda of the model has a declared output shape: Keras builds on that, whatever comes of data."""
    return any(promised_by(layer) is not None for layer in keras_trainers.own_layers(model))


def _given_before(operation: Any, number: int, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any | None:
    """What a custom layer gave for these shapes when the model was built; `None` for a layer of Keras' own."""
    del number
    if not _runs_custom_code_of_its_own(operation):
        return None
    shapes = [
        tuple(x.shape) for x in keras.tree.flatten((args, dict(kwargs))) if isinstance(x, keras_layers.KerasTensor)
    ]
    for taken, given in keras_layers.symbolic_results(operation) if keras_layers.is_inferred(operation) else ():
        if all_agree(shapes, [tuple(x.shape) for x in taken]):
            outputs = [_of_batch(x, shapes[0][0] if shapes and shapes[0] else None) for x in given]
            return outputs[0] if len(outputs) == 1 else outputs
    raise _NotKnownError


def _runs_custom_code_of_its_own(operation: Any) -> bool:
    """Whether a call of it runs custom code; a graph of Keras' own does not, whose layers are seen one by one."""
    if not isinstance(operation, keras_layers.Layer):
        return is_custom(operation)
    is_entered = keras_layers.functional_of(operation) is not None and not is_custom(operation)
    return not is_entered and has_custom_code(operation)


def _of_batch(tensor: Any, batch: int | None) -> Any:
    shape = tuple(tensor.shape)
    return keras_layers.KerasTensor((batch, *shape[1:]) if shape[:1] == (None,) else shape, dtype=tensor.dtype)


def dry_run(model: Any, feed: Feed) -> Network | None:
    """As `preflight`, but also a pass that Keras refuses half-way, of any model; call it in `undisturbed(model)`."""
    inputs = inputs_for(model, feed)
    if inputs is None:
        return None
    if not _is_built(model, inputs) and isinstance(model, keras.Sequential):
        return _chain(model, inputs)
    network = replaying.replay(model, inputs, training=feed.phase == "train")
    inside = any(call.parent is not None or call.path for call in network.calls if call.layer_type != "InputLayer")
    return network if inside else None


@contextlib.contextmanager
def undisturbed(*layers: Any) -> Iterator[None]:
    """Allows forward passes of these models and layers for a diagnosis; puts back all that they change."""
    own = list({id(each): each for layer in layers for each in keras_trainers.own_layers(layer)}.values())
    with states.leaving_no_mark(own, stateless=not any(map(_makes_states, own)) or any(map(is_custom, own))):
        yield


def _makes_states(layer: Any) -> bool:
    """Whether building the layer makes variables of a batch's size, as a stateful recurrent layer does."""
    return bool(getattr(layer, "stateful", False)) and not layer.built


def layers_of(network: Network) -> list[Any]:
    """The layers and models that a pass called."""
    return list(
        {id(c.operation): c.operation for c in network.calls if isinstance(c.operation, keras_layers.Layer)}.values()
    )


def _chain(model: Any, inputs: Any) -> Network | None:
    """The pass of a Sequential that Keras refuses to build, layer by layer; `None` for other models."""
    if not isinstance(model, keras.Sequential) or not isinstance(inputs, keras_layers.KerasTensor):
        return None
    open_batch = keras_layers.KerasTensor((None, *inputs.shape[1:]), dtype=inputs.dtype)  # as Keras builds it
    for each in (inputs, open_batch):
        with undisturbed(model):
            network = replaying.replay_chain(model.layers, each)
        if not network.complete:
            return network
    return None


def dry_run_call(model: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Network | None:
    """The pass that a call on these tensors or arrays makes; `None` where it cannot be made on KerasTensors.

    Call it in `undisturbed(model)`.
    """
    if len(args) == 1 and not any(hasattr(leaf, "shape") for leaf in keras.tree.flatten(dict(kwargs))):
        network = replaying.replay(model, _as_tensors(args[0], None), training=bool(kwargs.get("training")))
    else:
        given = {**symbolic_runs.training_argument(model, training=bool(kwargs.get("training"))), **kwargs}
        if not symbolic_runs.training_argument(model, training=True):
            given.pop("training", None)
        network = replaying.replay_call(model, *keras.tree.map_structure(keras_layers.symbol_of, (args, given)))
    return network if network.complete else None


def hides_inputs(model: Any, args: tuple[Any, ...]) -> bool:
    """Whether parameters of the model's `call` are annotated and get arrays, of which Keras makes tensors inside."""
    return any(input_expectations_of(model)) and not all(
        leaf is None or keras.ops.is_tensor(leaf) for leaf in keras.tree.flatten(args)
    )


def feed_of_one_batch(
    model: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any], phase: Phase, call: UserCall | None = None
) -> Feed:
    """The feed of `train_on_batch` and its like: all that they are given is one batch."""
    parts = ("x", "y", "sample_weight")
    named = {name: kwargs[name] for name in parts if name in kwargs}
    given = {**dict(zip(parts, args, strict=False)), **named}
    sizes = [len(leaf) for leaf in keras.tree.flatten(given.get("x")) if getattr(leaf, "shape", ())]
    return feeding.feed_of_arguments(model, (), {**given, "batch_size": sizes[0] if sizes else None}, phase, call)


def may_judge_late(model: Any, phase: Phase, *, by_key: bool) -> bool:
    """Whether the verdict on a first step may have to wait until the step is done; `by_key`: keys are expected."""
    layers = keras_trainers.own_layers(model)
    recorded = [constructions.construction_of(layer) for layer in layers]
    return (
        step_functions.has_own_step(model, phase)
        or keras_trainers.replicas(model) > 1
        or (by_key and any(map(wrapped_layers.is_wrapper, layers)))
        or may_suppress([each.call for each in recorded if each is not None and each.call is not None])
    )


def expectation_fingerprint(model: Any) -> Hashable:
    """What was recorded on the layers and operations of a model so far, to tell whether there is more since."""
    layers = keras_trainers.own_layers(model)
    graphs = [graph for graph in map(keras_layers.functional_of, layers) if graph is not None]
    operations = {id(each): each for each in (*layers, *(each for graph in graphs for each in graph.operations))}
    attached = ((number, expectations_of(each), input_expectations_of(each)) for number, each in operations.items())
    return tuple(each for each in attached if each[1] or each[2])


@contextlib.contextmanager
def outside_of_traces() -> Iterator[None]:
    """Whatever is made inside belongs to no graph that TensorFlow is tracing just now."""
    if keras.config.backend() != "tensorflow":
        yield
        return
    import tensorflow as tf  # noqa: PLC0415  loaded already: it is the backend

    with tf.init_scope():
        yield


def inputs_for(model: Any, feed: Feed) -> Any | None:
    """KerasTensors as the model is called with: from the data where it fits the model's inputs, else from those."""
    batch = _batch(feed)
    own = replaying.input_tensors(model)
    fed = feeding.input_tensors(replace(feed, signature=_with_batch(feed.signature, batch)), model)
    if own is None:
        return fed if feed.signature is not None else None
    leaves = [] if feed.signature is None or fed is None else keras_layers.in_model_order(model, fed)
    absent = keras_layers.absent_inputs(model, leaves)
    declared = [_of_all_replicas(tuple(x.shape), batch, model) for x in keras.tree.flatten(own)]
    present = [shape for shape, is_absent in zip(declared, absent, strict=True) if not is_absent]
    shapes = iter(_given_shapes(leaves, present) or [_with_size(shape, batch) for shape in present])
    return replaying.with_shapes(own, [None if is_absent else next(shapes) for is_absent in absent])


def _given_shapes(leaves: Iterable[Any], declared: Sequence[Shape]) -> list[Shape] | None:
    """The shapes of the data; `None` if the model's inputs do not take them."""
    given: list[Shape] = [tuple(x.shape) for x in leaves if hasattr(x, "shape")]
    return given if all_agree(given, declared) else None


def _with_size(declared: Shape, batch: int | None) -> Shape:
    """The shape with this batch size if it has an open one."""
    return (batch, *declared[1:]) if declared[:1] == (None,) else declared


def _of_all_replicas(declared: Shape, batch: int | None, model: Any) -> Shape:
    """The shape with an open batch, where Keras built a deferred model for the part of one replica."""
    replicas = keras_trainers.replicas(model)
    is_part = batch is not None and replicas > 1 and declared[:1] == (batch // replicas,)
    return (None, *declared[1:]) if is_part else declared


def _batch(feed: Feed) -> int | None:
    if feed.batch_size is None:
        return None
    return min(feed.batch_size, feed.samples) if feed.samples else feed.batch_size


def _with_batch(signature: Any, batch: int | None) -> Any:
    if signature is None or batch is None:
        return signature
    return keras.tree.map_structure(
        lambda x: Value((batch, *x.shape[1:]), x.dtype) if isinstance(x, Value) and x.shape[:1] == (None,) else x,
        signature,
    )


def _is_built(model: Any, inputs: Any) -> bool:
    if model.built:
        return True
    if isinstance(model, keras.Sequential) and isinstance(inputs, keras_layers.KerasTensor):
        try:
            batch = inputs.shape[0] if any(map(_makes_states, model.layers)) else None
            model.build((batch, *inputs.shape[1:]))
        except Exception:  # noqa: BLE001  Keras will raise the same in its own time, where it is explained
            return False
        return bool(model.built)
    return False


def dry_run_on(model: Any, inputs: Any) -> Network:
    """The pass of `model` on these inputs (arrays, tensors or shapes, batch first), or on its own; for `check`.

    Call it in `undisturbed(model)`.
    """
    own = replaying.input_tensors(model)
    if inputs is None:
        if own is None:
            message = (
                f"{type(model).__name__} '{model.name}' has no input shapes of its own: pass check(model, inputs=...) "
                "arrays or shapes (batch axis first), such as (200, 28, 28, 1)"
            )
            raise ValueError(message)
        tensors = own
    else:
        tensors = _as_tensors(inputs, own)
        _is_built(model, tensors)
    return replaying.replay(model, tensors, training=False)


def _as_tensors(inputs: Any, own: Any) -> Any:
    if inputs is None:  # an optional input
        return None
    if _is_shape(inputs):
        dtypes = [x.dtype for x in keras.tree.flatten(own)] if own is not None else []
        return keras_layers.KerasTensor(tuple(inputs), dtype=dtypes[0] if len(dtypes) == 1 else "float32")
    if isinstance(inputs, dict):
        return {name: _as_tensors(each, None) for name, each in inputs.items()}
    if isinstance(inputs, list | tuple):
        return type(inputs)(_as_tensors(each, None) for each in inputs)
    return keras_layers.symbol_of(inputs)


def _is_shape(inputs: Any) -> bool:
    return isinstance(inputs, list | tuple) and all(d is None or isinstance(d, int) for d in inputs)
