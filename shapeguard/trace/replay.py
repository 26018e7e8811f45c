"""Runs a forward pass again on KerasTensors: no computation, no graph node left on the user's layers.

Composite layers (models, custom layers) are entered: their `call` runs on KerasTensors, so that the layers inside and
the functional operations between them are seen one by one. Where a `call` cannot run on KerasTensors (it uses the
backend's own functions), the layer stays one opaque call that the backend traces as a whole.
"""

from __future__ import annotations

import contextlib
import functools
import threading
from typing import TYPE_CHECKING, Any

import keras

from shapeguard.keras_compat import (
    abstract_runs,
    backend_functions,
    counted_tensors,
    interception,
    keras_layers,
    literal_batches,
    messages,
    own_cells,
    own_weights,
    symbolic_runs,
)
from shapeguard.keras_compat.own_steps import OwnStep, left_out
from shapeguard.records.network import Network, ValueRef
from shapeguard.source.compiled_otherwise import is_rewritten
from shapeguard.trace.networks import Input
from shapeguard.trace.recorder import Recorder, is_tensor, tensors_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from shapeguard.records.network import Batches, Call, Shape


CONVERSIONS = frozenset({"ConvertToTensor", "Cast"})
"""Operations that pass a tensor on: Keras puts them at a model's entrance by itself, programs call `tf.cast`."""


class Replay:
    """An interceptor that runs calls symbolically, enters composites and records everything in `recorder`.

    `replace(operation, number)` may give another operation to call instead of the `number`-th call of `operation`,
    `before(operation, number, args, kwargs)` other arguments, `weight(weight, shape)` another shape to a weight of a
    layer of the user's own: this is how a what-if is run. A pass before has `entered` the calls to this one, so that
    what fails no later is a fault, and Keras need not be asked.
    """

    def __init__(
        self,
        replace: Callable[[Any, int], Any | None] | None = None,
        before: Callable[[Any, int, tuple[Any, ...], Mapping[str, Any]], tuple[Any, Any]] | None = None,
        shortcut: Callable[[Any, int, tuple[Any, ...], Mapping[str, Any]], Any | None] | None = None,
        weight: Callable[[own_weights.Weight, Shape], Shape] | None = None,
        root: Any | None = None,
        batches: Batches | None = None,
        *,
        entered: int = -1,
    ) -> None:
        self.recorder = Recorder(root=root)
        self._entered_to = entered
        self._root = root
        self._batches = batches
        self._replace = replace
        self._before = before
        self._shortcut = shortcut
        self._weight = weight
        self._counts: dict[object, int] = {}
        self._thread = threading.get_ident()
        self._busy = False
        self._genuine: Exception | None = None

    def __call__(self, proceed: Callable[..., Any], operation: Any, args: tuple[Any, ...], kwargs: Any) -> Any:
        """One forward call: recorded, replaced where a what-if says so, and left without a trace in the graph."""
        if self._busy or threading.get_ident() != self._thread or keras_layers.in_symbolic_scope():
            return proceed(*args, **kwargs)
        is_made = isinstance(operation, literal_batches.OfBatch | counted_tensors.Counted)
        if not is_made and not keras_layers.any_symbolic_tensors(args, kwargs):
            if not self._is_called_by_step(operation):
                return proceed(*args, **kwargs)
            args, kwargs = keras.tree.map_structure(keras_layers.symbol_of, (args, dict(kwargs)))
        identity, args = keras_layers.identity_of(operation), symbolic_runs.with_key_as_tuple(operation, args)
        if self._before is not None:
            number = self._counts.get(identity, 0) + 1
            args, kwargs = self._quietly(self._before, (operation, number, args, kwargs), {})
        if type(operation).__name__ in CONVERSIONS:
            outputs = proceed(*args, **kwargs)
            self.recorder.same(tensors_in((args, kwargs))[0], outputs)
            return outputs
        number = self.recorder.begin(operation, args, kwargs)
        count = self._counts[identity] = self._counts.get(identity, 0) + 1
        try:
            outputs = self._run(proceed, operation, args, kwargs, number, count)
        except BaseException as exception:
            self.recorder.fail(number, exception)
            raise
        self.recorder.end(number, outputs)
        return outputs

    def _is_called_by_step(self, operation: Any) -> bool:
        """Whether a step of the user's own calls a layer, as on noise that it has drawn."""
        return isinstance(operation, keras_layers.Layer) and isinstance(self.recorder.innermost, OwnStep)

    def _run(
        self, proceed: Callable[..., Any], operation: Any, args: tuple[Any, ...], kwargs: Any, number: int, count: int
    ) -> Any:
        if self._shortcut is not None:
            outputs = self._shortcut(operation, count, args, kwargs)
            if outputs is not None:
                return outputs
        other = None if self._replace is None else self._quietly(self._replace, (operation, count), {})
        target = operation if other is None else other
        call = proceed if other is None else _calling(other)
        if isinstance(target, OwnStep):
            with left_out(), self._seeing(target.method):
                return call(*args, **kwargs)
        with symbolic_runs.leaving_no_nodes((target, *_producers(args, kwargs))):
            if is_composite(target) or self._is_entered_function(target, args, kwargs):
                return self._enter(call, target, args, kwargs, number)
            if other is None:
                return call(*args, **kwargs)
            return self._quietly(call, args, kwargs)

    def _is_entered_function(self, operation: Any, args: tuple[Any, ...], kwargs: Any) -> bool:
        """Whether the function of a Lambda is looked into: for its batches, or as it makes one number of everything."""
        if not isinstance(operation, keras.layers.Lambda):
            return False
        if self._batches is not None:
            return True
        try:
            outputs = self._quietly(abstract_runs.outputs_of, (operation, args, kwargs), {})
        except Exception:  # noqa: BLE001  whatever the user's own code raises: the call itself tells it
            return False
        return any(x.ndim == 0 for x in tensors_in(outputs)) and any(x.ndim for x in tensors_in(args))

    def _quietly(self, call: Callable[..., Any], args: tuple[Any, ...], kwargs: Any) -> Any:
        self._busy = True
        try:
            return call(*args, **kwargs)
        finally:
            self._busy = False

    @contextlib.contextmanager
    def _seeing(self, method: Any) -> Iterator[None]:
        """While it lasts, what the file of a method names is seen that does not come through a call of a layer."""
        with literal_batches.seen(method, self._batches), backend_functions.seen(method):
            yield

    def _enter(self, call: Callable[..., Any], operation: Any, args: tuple[Any, ...], kwargs: Any, number: int) -> Any:
        twin, counted = _Twin(operation, self._weight), counted_tensors.Seen()
        outputs = self._entered(call, operation, args, kwargs, number, twin, counted=counted)
        if outputs is None and counted.any:  # it may do with them what only tensors with values allow
            outputs = self._entered(call, operation, args, kwargs, number, twin)
        if outputs is None and twin.is_used:
            outputs = self._entered(call, operation, args, kwargs, number, None)
        if outputs is not None:
            return outputs
        return self._quietly(call if self._replace is None else _whole(operation, call), args, kwargs)

    def _entered(
        self,
        call: Callable[..., Any],
        operation: Any,
        args: tuple[Any, ...],
        kwargs: Any,
        number: int,
        twin: _Twin | None,
        *,
        counted: counted_tensors.Seen | None = None,
    ) -> Any | None:
        """What a composite gives, seen from inside; `None` where its `call` does not take KerasTensors.

        `counted`: what is made of numbers alone is seen as well, and noted there.
        """
        is_what_if, is_nested = self._replace is not None, operation is not self._root
        run = _run_of(operation) if twin is None else twin
        try:
            entered = symbolic_runs.entered(operation, run, what_if=is_what_if, nested=is_nested)
            code = operation.function if isinstance(operation, keras.layers.Lambda) else type(operation).call
            with entered, counted_tensors.seen(code, counted), self._seeing(code):
                outputs = call(*args, **kwargs)
            if all(isinstance(x, keras_layers.KerasTensor) for x in tensors_in(outputs)):
                return outputs
        except Exception as refusal:  # decided here: a fault of the model, or a call that KerasTensors cannot enter
            if self.recorder.last <= self._entered_to and not messages.refuses_symbols(str(refusal)):
                raise
            if self.recorder.inner_failure(number):
                if keras_layers.functional_of(operation) is not None and messages.INCOMPATIBLE in str(refusal):
                    raise
                is_of_twin = twin is not None and twin.is_used
                self._raise_if_genuine(_whole(operation, call), args, kwargs, refusal, is_of_twin=is_of_twin)
        self.recorder.forget_after(number)
        return None

    def _raise_if_genuine(
        self, call: Callable[..., Any], args: tuple[Any, ...], kwargs: Any, refusal: Exception, *, is_of_twin: bool
    ) -> None:
        """Raises what Keras itself raises of this call; in a what-if a twin has weights that Keras does not know."""
        if refusal is self._genuine or (is_of_twin and self._weight is not None):
            raise refusal
        try:
            self._quietly(call, args, kwargs)
        except Exception as genuine:
            self._genuine = genuine  # Keras' symbolic call of what is around may not come to it
            raise genuine from None


def _whole(operation: Any, call: Callable[..., Any]) -> Callable[..., Any]:
    """The call of a layer as Keras makes it: symbolically, or by the backend where that would not run its own code."""
    is_told = isinstance(operation, keras.layers.Lambda) or not keras_layers.is_inferred(operation)
    if not own_cells.has_own_cell(operation) and not is_told:
        return call
    return lambda *args, **kwargs: abstract_runs.outputs_of(operation, args, kwargs)


class _Twin:
    """The `call` of a layer of the user's own, on its twin once it has made weights: Keras builds it before."""

    def __init__(self, layer: Any, weight: Callable[[own_weights.Weight, Shape], Shape] | None) -> None:
        self._layer, self._weight = layer, weight
        self.is_used = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.is_used = own_weights.has_weights(self._layer)
        if not self.is_used:
            return _run_of(self._layer)(*args, **kwargs)
        taken = args[0] if args else None
        afresh = is_rewritten(getattr(type(self._layer), "build", None))
        return own_weights.twin_of(self._layer, taken, self._weight, afresh=afresh).call(*args, **kwargs)


def _run_of(layer: Any) -> Callable[..., Any]:
    """What a symbolic call of an entered layer runs: its `call`, or one step of a recurrent layer."""
    once = functools.partial(own_cells.run_once, layer)
    run: Callable[..., Any] = once if own_cells.has_own_cell(layer) else layer.call
    return run


def is_composite(operation: Any) -> bool:
    """Whether a layer's `call` is to be entered: models, layers whose class does not come with Keras, such cells."""
    if isinstance(operation, keras.Model) or own_cells.has_own_cell(operation):
        return True
    return isinstance(operation, keras_layers.Layer) and not keras_layers.is_builtin(operation)


def _producers(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> list[Any]:
    producers = (keras_layers.producer_of(x) for x in tensors_in((args, kwargs)))
    return [producer for producer in producers if producer is not None]


def replay(model: Any, inputs: Any, *, training: bool = True, **what_if: Any) -> Network:
    """The network that a call of `model` on these KerasTensors makes, up to where Keras raises.

    A failure is not raised: the network is then incomplete, and the calls that raised hold it.
    """
    return replay_call(model, (inputs,), symbolic_runs.training_argument(model, training=training), **what_if)


def replay_call(model: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any], **what_if: Any) -> Network:
    """As `replay`, of a call with any arguments, tensors among them as KerasTensors."""
    run = Replay(root=model, **what_if)
    complete, outputs = True, ()
    with interception.intercepting(run):
        try:
            outputs = model(*args, **kwargs)
        except Exception:  # noqa: BLE001  recorded in the network as the failure of the calls that it came through
            complete = False
    return run.recorder.network(tensors_in((args, kwargs)), outputs, complete=complete)


def replay_chain(layers: Sequence[Any], inputs: Any) -> Network:
    """The network of layers called one after the other, up to where Keras raises: a Sequential that cannot be built."""
    run = Replay()
    tensor, complete = inputs, True
    with interception.intercepting(run):
        for layer in layers:
            try:
                tensor = layer(tensor)
            except Exception:  # noqa: BLE001  recorded in the network as the failure of the call
                complete = False
                break
    return run.recorder.network(tensors_in(inputs), tensor, complete=complete)


def record(calls: Sequence[tuple[Any, tuple[Any, ...]]]) -> Network:
    """The network of these layers called on these arguments, up to where Keras raises."""
    run = Replay()
    complete = True
    with interception.intercepting(run):
        for layer, args in calls:
            try:
                layer(*args)
            except Exception:  # noqa: BLE001  recorded in the network as the failure of the call
                complete = False
                break
    return run.recorder.network(complete=complete)


def rerun(network: Network, inputs: Mapping[int, Shape], **what_if: Any) -> Network:
    """The calls of `network` that have no parent, made again in order; `inputs` gives other shapes to source values.

    Value indices of the result are its own. It stops where Keras raises. Where a call gives fewer outputs than it did,
    a list of them is passed on without the missing ones, and one tensor alone as itself.
    """
    return _Rerun(network, inputs, what_if).network()


class _Rerun:
    """One rerun: the tensors made so far, by the values of the network that is made again."""

    def __init__(self, network: Network, inputs: Mapping[int, Shape], what_if: dict[str, Any]) -> None:
        root = next((call.operation for call in network.calls if call.path == ""), None)
        self._network, self._inputs = network, inputs
        self._run = Replay(root=root, batches=network.batches, **what_if)
        self._tensors: dict[int, Any] = {}
        self._lost: set[int] = set()

    def network(self) -> Network:
        entries = [self._tensor(index) for index in self._network.inputs]
        complete = self._network.complete
        with interception.intercepting(self._run):
            for call in self._network.calls:
                if isinstance(call.operation, (keras_layers.InputLayer, Input)):
                    self._run.recorder.enter(self._tensor(call.outputs[0]), call.operation)
                elif call.parent is None and not self._made(call):
                    complete = False
                    break
        outputs = [self._tensors[index] for index in self._network.outputs if index in self._tensors]
        return self._run.recorder.network(entries, outputs, complete=complete)

    def _made(self, call: Call) -> bool:
        """Makes a call again; false where Keras raises, which the recorder has kept as the call's failure."""
        try:
            outputs = _calling(call.operation)(*map(self._given, call.args), **self._filled(call.kwargs))
        except Exception:  # noqa: BLE001  recorded in the network as the failure of the call
            return False
        tensors = tensors_in(outputs)
        self._tensors.update(zip(call.outputs, tensors, strict=False))
        self._lost.update(call.outputs[len(tensors) :])
        return True

    def _tensor(self, index: int) -> Any:
        if index not in self._tensors:
            value = self._network.values[index]
            shape = self._inputs.get(index, value.shape)
            self._tensors[index] = keras_layers.KerasTensor(shape, dtype=value.dtype or "float32")
        return self._tensors[index]

    def _filled(self, structure: Any) -> Any:
        return keras.tree.map_structure(lambda x: self._tensor(x.index) if isinstance(x, ValueRef) else x, structure)

    def _given(self, argument: Any) -> Any:
        if not self._lost or not isinstance(argument, list | tuple):
            return self._filled(argument)
        rest = [part for part in argument if not (isinstance(part, ValueRef) and part.index in self._lost)]
        return self._filled(rest[0] if len(rest) == 1 < len(argument) else type(argument)(rest))


def _calling(operation: Any) -> Callable[..., Any]:
    is_function = isinstance(operation, keras_layers.Operation) and not isinstance(operation, keras_layers.Layer)
    calling: Callable[..., Any] = operation.symbolic_call if is_function else operation
    return calling


def input_tensors(model: Any) -> Any | None:
    """KerasTensors in the structure in which a built Functional or Sequential model takes its inputs; else `None`."""
    functional = keras_layers.functional_of(model)
    if functional is None:
        return None
    return keras.tree.map_structure(
        lambda x: keras_layers.KerasTensor(x.shape, dtype=x.dtype) if is_tensor(x) else x, functional.input
    )


def with_shapes(inputs: Any, shapes: Sequence[Shape | None]) -> Any:
    """The same structure of KerasTensors with other shapes, in flattened order; `None` for an input that is absent."""
    rest = iter(shapes)

    def shaped(tensor: Any) -> Any:
        shape = next(rest)
        return None if shape is None else keras_layers.KerasTensor(shape, dtype=tensor.dtype)

    return keras.tree.map_structure(shaped, inputs)
