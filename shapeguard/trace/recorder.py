"""Turns the forward calls that an interceptor sees into a `Network`, linking them by the identity of their tensors."""

from __future__ import annotations

import operator
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from shapeguard.keras_compat import keras_layers, messages, own_weights
from shapeguard.records.network import Call, Failure, Network, Shape, Value, ValueRef
from shapeguard.source import frames
from shapeguard.strict import InternalCalls
from shapeguard.trace.networks import input_call

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


def is_tensor(x: Any) -> bool:
    """Whether `x` is a tensor of the backend or a KerasTensor, ragged and sparse ones included."""
    return isinstance(x, keras_layers.KerasTensor) or keras.ops.is_tensor(x)


def shape_of(tensor: Any) -> Shape | None:
    """The tensor's static shape, sizes that are not known as `None`; `None` where not even the rank is known."""
    try:
        dims = tuple(tensor.shape)
    except (ValueError, TypeError, AttributeError):
        return None
    return tuple(d if isinstance(d, int) else _size(d) for d in dims)


def _size(dim: Any) -> int | None:
    """A size that is one number; the symbolic ones of JAX, which are none, have an `__int__` all the same."""
    try:
        return operator.index(dim)
    except TypeError:
        return None


def _dtype_of(tensor: Any) -> str:
    """Keras' name of the tensor's dtype, whichever backend's object that is."""
    try:
        return str(keras.backend.standardize_dtype(tensor.dtype))
    except (ValueError, AttributeError):
        return str(getattr(tensor, "dtype", ""))


def tensors_in(structure: Any) -> list[Any]:
    """The tensors in nested arguments or outputs, flattened in Keras' order."""
    if is_tensor(structure):
        return [structure]
    return [x for x in keras.tree.flatten(structure) if is_tensor(x)]


def _taken_by(operation: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> list[Any]:
    """The tensors and weights that a call takes; for a layer also arrays, which eager steps on JAX hand to layers."""
    kinds = np.ndarray if isinstance(operation, keras_layers.Layer) else ()
    return [x for x in keras.tree.flatten((args, kwargs)) if _is_taken(x) or isinstance(x, kinds)]


def _is_taken(leaf: Any) -> bool:
    return is_tensor(leaf) or own_weights.weight_of(leaf) is not None


def _as_they_are(structure: Any) -> Any:
    """Copies of lists and dicts, which the program may change after the call: `features.append(layer(features))`."""
    if isinstance(structure, list | tuple) and type(structure) in {list, tuple}:
        return type(structure)(map(_as_they_are, structure))
    return {key: _as_they_are(each) for key, each in structure.items()} if type(structure) is dict else structure


def failure_of(exception: BaseException) -> Failure:
    """The exception as a value, without the wrapping that Keras adds around the innermost message."""
    return Failure(type(exception).__name__, messages.innermost(str(exception)))


@dataclass(slots=True)
class _Event:
    operation: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    parent: int | None
    outputs: Any = None
    failure: Failure | None = None
    site: frames.CallSite | None = None
    inputs: list[int] = field(default_factory=list)
    results: list[int] = field(default_factory=list)
    ended: bool = False


class Recorder:
    """An interceptor that remembers the calls it sees, until `network()` is asked for.

    Calls inside a symbolic scope are left out: Keras makes those with invented sizes (83 and 89 on PyTorch).
    `only` limits the record to calls below these operations (by identity) in every thread. `root` is the model whose
    pass this is: its name is left out of the paths.
    """

    def __init__(self, *, only: Iterable[Any] | None = None, with_sites: bool = False, root: Any | None = None) -> None:
        self._root = root
        self._events: list[_Event] = []
        self._tensors: list[Any] = []
        self._values: list[Value] = []
        self._index: dict[int, int] = {}
        self._entries: dict[int, Any] = {}
        self._arrays: list[Any] = []
        self._stacks = threading.local()
        self._only = None if only is None else {id(operation) for operation in only}
        self._with_sites = with_sites
        self._safely = InternalCalls("recording a forward call")

    @property
    def broken(self) -> bool:
        """Whether recording failed, so that calls are missing."""
        return self._safely.broken

    def __call__(self, proceed: Callable[..., Any], operation: Any, args: tuple[Any, ...], kwargs: Any) -> Any:
        """Makes the call and remembers it."""
        if keras_layers.in_symbolic_scope():
            return proceed(*args, **kwargs)
        stack: list[int] = self._stack()
        if self._only is not None and not stack and id(operation) not in self._only:
            return proceed(*args, **kwargs)
        number = self._safely(self.begin, operation, args, kwargs)
        if number is None:
            return proceed(*args, **kwargs)
        try:
            outputs = proceed(*args, **kwargs)
        except BaseException as exception:
            self._safely(self.fail, number, exception)
            raise
        self._safely(self.end, number, outputs)
        return outputs

    @property
    def innermost(self) -> Any | None:
        """The operation of the call that is running in this thread; `None` outside of any."""
        stack = self._stack()
        return self._events[stack[-1]].operation if stack else None

    @property
    def last(self) -> int:
        """The number of the last call that was opened."""
        return len(self._events) - 1

    def _stack(self) -> list[int]:
        if not hasattr(self._stacks, "calls"):
            self._stacks.calls = []
        stack: list[int] = self._stacks.calls
        return stack

    def begin(self, operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> int:
        """Opens a call and returns its number."""
        stack = self._stack()
        event = _Event(operation, _as_they_are(args), _as_they_are(kwargs), stack[-1] if stack else None)
        if self._with_sites:
            event.site = frames.current(2)
        taken = _taken_by(operation, args, kwargs)
        if event.parent is not None:
            self._convert(taken)
        for x in taken:
            self._weigh(x, stack)
        event.inputs = [self.value(x) for x in taken]
        if operation is self._root and keras_layers.functional_of(operation) is not None:
            self._arrays = [x for x in taken if isinstance(x, np.ndarray)]
        self._events.append(event)
        stack.append(self.last)
        return self.last

    def _weigh(self, tensor: Any, stack: list[int]) -> None:
        """Puts a call in front that gives the tensor, if it is a weight of the layer around that nobody took before."""
        weight = own_weights.weight_of(tensor)
        if weight is None or id(tensor) in self._index or not stack:
            return
        owner = next((number for number in reversed(stack) if id(self._events[number].operation) == weight.owner), None)
        event = _Event(weight, (), {}, stack[-1], ended=True)
        event.inputs = [] if owner is None or weight.place is None else list(self._events[owner].inputs)
        event.outputs = self._result(event, tensor, fresh=True)
        self._events.append(event)

    def end(self, number: int, outputs: Any) -> None:
        """Closes a call that returned `outputs`."""
        event = self._events[number]
        inner = any(other.parent == number for other in self._events[number + 1 :])
        event.outputs = keras.tree.map_structure(lambda x: self._result(event, x, fresh=not inner), outputs)
        event.ended = True
        self._stack().pop()

    def fail(self, number: int, exception: BaseException) -> None:
        """Closes a call that raised."""
        self._events[number].failure = failure_of(exception)
        self._stack().pop()

    def forget_after(self, number: int) -> None:
        """Drops the calls that were made inside call `number`, which then counts as one that has no inner calls."""
        del self._events[number + 1 :]

    def inner_failure(self, number: int) -> bool:
        """Whether a call inside call `number` raised."""
        return any(event.failure is not None for event in self._events[number + 1 :])

    def value(self, tensor: Any) -> int:
        """The index of the tensor among the network's values, a new one where it was never seen."""
        index = self._index.get(id(tensor))
        return self._new_value(tensor) if index is None else index

    def _convert(self, tensors: Iterable[Any]) -> None:
        """Takes tensors that no call gave for the arrays that the root, a graph, was called with: Keras made them."""
        for tensor in tensors:
            array = next((x for x in self._arrays if x.shape == shape_of(tensor)), None)
            if array is not None and id(tensor) not in self._index:
                self._arrays = [x for x in self._arrays if x is not array]
                self.same(array, tensor)

    def enter(self, tensor: Any, layer: Any) -> None:
        """Makes `tensor` the output of this input layer."""
        self._entries[self.value(tensor)] = layer

    def same(self, tensor: Any, other: Any) -> None:
        """Makes `other` the same value of the network as `tensor`."""
        if is_tensor(other) and (is_tensor(tensor) or isinstance(tensor, np.ndarray)):
            self._tensors.append(other)
            self._index[id(other)] = self.value(tensor)

    def _new_value(self, tensor: Any) -> int:
        self._tensors.append(tensor)
        self._values.append(Value(shape_of(tensor) or (), _dtype_of(tensor)))
        self._index[id(tensor)] = len(self._values) - 1
        return len(self._values) - 1

    def _result(self, event: _Event, x: Any, *, fresh: bool) -> Any:
        if not _is_taken(x):
            return x
        index = self._new_value(x) if fresh or id(x) not in self._index else self._index[id(x)]
        event.results.append(index)
        return ValueRef(index)

    def network(self, inputs: Iterable[Any] = (), outputs: Any = (), *, complete: bool = True) -> Network:
        """What was seen so far, as a `Network`; `inputs` and `outputs` are the model's tensors.

        Where an `InputLayer` made a tensor, a call of it comes first, so that inputs are rows like any layer.
        """
        named = self._named_inputs()
        entries = [self.value(x) for x in inputs] if named is None else [value for value, _ in named]
        sources = self._sources(named or [])
        calls = [input_call(index, layer, value) for index, (value, layer) in enumerate(sources) if layer is not None]
        offset = len(calls)
        counts: dict[object, int] = {}
        for event in self._events:
            identity = keras_layers.identity_of(event.operation)
            counts[identity] = counts.get(identity, 0) + 1
            calls.append(self._call(event, identity, counts[identity], calls, offset))
        return Network(
            tuple(calls),
            tuple(self._values),
            tuple(entries) or tuple(value for value, _ in sources),
            tuple(self.value(x) for x in tensors_in(outputs)),
            complete,
        )

    def _sources(self, named: Iterable[tuple[int, Any]]) -> list[tuple[int, Any]]:
        """The values that an input layer by_value, in order, each with that layer."""
        layers = ((x, _input_layer(x)) for x in self._tensors)
        by_value = {self.value(x): layer for x, layer in layers if layer is not None}
        return sorted({**by_value, **self._entries, **dict(named)}.items(), key=_first)

    def _named_inputs(self) -> list[tuple[int, Any]] | None:
        """Each tensor that the root, a built model, was called with, and its input layer; `None` without such a call.

        In the model's own order, an input that is absent left out.
        """
        call = next((event for event in self._events if event.operation is self._root), None)
        functional = None if call is None else keras_layers.functional_of(self._root)
        if call is None or functional is None:
            return None
        given = keras_layers.in_model_order(self._root, call.args[0] if call.args else call.kwargs.get("inputs"))
        named = zip(given, functional.inputs, strict=False)
        return [(self.value(x), _input_layer(of)) for x, of in named if is_tensor(x) or isinstance(x, np.ndarray)]

    def _call(self, event: _Event, identity: object, number: int, earlier: list[Call], offset: int) -> Call:
        name: str = getattr(event.operation, "name", type(event.operation).__name__)
        parent = None if event.parent is None else earlier[event.parent + offset]
        path = f"{parent.path}/{name}" if parent is not None and parent.path else name
        if event.operation is self._root or isinstance(event.operation, own_weights.Weight):
            path = ""
        return Call(
            index=len(earlier),
            operation=event.operation,
            layer=name,
            layer_type=type(event.operation).__name__,
            path=path,
            number=number,
            args=self._refer(event.args),
            kwargs=self._refer(event.kwargs),
            inputs=tuple(event.inputs),
            outputs=tuple(event.results),
            structure=event.outputs if event.ended else None,
            parent=None if event.parent is None else event.parent + offset,
            failure=event.failure,
            site=event.site,
            identity=identity,
        )

    def _refer(self, structure: Any) -> Any:
        def reference(x: Any) -> Any:
            index = self._index.get(id(x))
            return x if index is None else ValueRef(index)

        return keras.tree.map_structure(reference, structure)


def _first(pair: tuple[int, Any]) -> int:
    return pair[0]


def _input_layer(tensor: Any) -> Any | None:
    maker = keras_layers.producer_of(tensor) if isinstance(tensor, keras_layers.KerasTensor) else None
    return maker if isinstance(maker, keras_layers.InputLayer) else None
