"""The layers inside Keras' own wrappers, which a symbolic pass takes as a whole: called again on what they are given.

`TimeDistributed` runs its layer's `call` past any hook, once for each step; the cell of a recurrent layer runs once a
step too, and not at all where the backend fuses it. Here each is one call, on one step.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import keras

from shapeguard.keras_compat import keras_layers, keras_trainers, states
from shapeguard.records.network import Network, ValueRef
from shapeguard.trace.replay import record
from shapeguard.trace.replay import rerun as rerun_alone

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from shapeguard.records.network import Call, Shape

    Inner = tuple[Any, tuple[Any, ...]]


def _of_steps(wrapper: Any, given: Sequence[Any]) -> list[Inner]:
    return [(wrapper.layer, (_step_of(given[0]),))]


def _of_directions(wrapper: Any, given: Sequence[Any]) -> list[Inner]:
    return [(wrapper.forward_layer, (given[0],)), (wrapper.backward_layer, (given[0],))]


def _of_cell(layer: Any, given: Sequence[Any]) -> list[Inner]:
    sizes = keras.tree.flatten(layer.cell.state_size)
    if len(given[0].shape) != 3 or not all(isinstance(size, int) for size in sizes):
        return []
    step = _step_of(given[0])
    return [(layer.cell, (step, [keras_layers.KerasTensor((step.shape[0], size), dtype=step.dtype) for size in sizes]))]


def _of_weights(wrapper: Any, given: Sequence[Any]) -> list[Inner]:
    return [(wrapper.layer, tuple(given))]


_INSIDE: tuple[tuple[type, Callable[[Any, Sequence[Any]], list[Inner]]], ...] = (
    (keras.layers.TimeDistributed, _of_steps),
    (keras.layers.Bidirectional, _of_directions),
    (keras.layers.RNN, _of_cell),
    (keras.layers.SpectralNormalization, _of_weights),
)


def wrappers(network: Network) -> list[Any]:
    """The wrappers of which only the whole was seen."""
    return [call.operation for call in _closed(network)]


def wrapper_of(call: Call, network: Network) -> Call | None:
    """The call of the wrapper that made this call of the layer inside it; `None` where there is no wrapper."""
    parent = None if call.parent is None else network.calls[call.parent]
    return parent if parent is not None and is_wrapper(parent.operation) else None


def is_cell(call: Call, network: Network) -> bool:
    """Whether a recurrent layer made this call of its cell."""
    wrapper = wrapper_of(call, network)
    return wrapper is not None and isinstance(wrapper.operation, keras.layers.RNN)


def rerun(network: Network, inputs: Mapping[int, Shape], **what_if: Any) -> Network:
    """As `replay.rerun`, with the calls inside wrappers: of those that a what-if replaces, inside the others."""
    again = rerun_alone(network, inputs, **what_if)
    return with_inner_calls(again, what_if.get("replace"))


def with_inner_calls(network: Network, replaced: Callable[[Any, int], Any | None] | None = None) -> Network:
    """The network with the calls inside those wrappers, each behind its wrapper's own.

    `replaced` may give the wrapper that stands for another one: the layers inside it stand for those inside the other.
    """
    instead: dict[int, Any] = {}
    while True:
        inner = {}
        for call in _closed(network):
            wrapper = (
                instead.get(id(call.operation))
                or (replaced and replaced(call.operation, call.number))
                or call.operation
            )
            inside = _inside(wrapper, call, network)
            if inside is not None:
                own = list(
                    zip(keras_trainers.own_layers(call.operation), keras_trainers.own_layers(wrapper), strict=False)
                )
                instead.update((id(layer), other) for layer, other in own)
                inner[call.index] = _standing_for(inside, {id(other): layer for layer, other in own})
        if not inner:
            return network
        network = _merged(network, inner)


def _closed(network: Network) -> list[Call]:
    entered = {call.parent for call in network.calls}
    return [call for call in network.calls if call.index not in entered and is_wrapper(call.operation)]


def is_wrapper(operation: Any) -> bool:
    """Whether the operation is a wrapper of Keras' own, of which a symbolic pass sees only the whole."""
    return isinstance(operation, tuple(kind for kind, _ in _INSIDE)) and keras_layers.is_builtin(operation)


def _inside(wrapper: Any, call: Call, network: Network) -> Network | None:
    """What the wrapper calls in this call; `None` where it takes nothing known or Keras refuses."""
    given = [keras_layers.KerasTensor(network.values[i].shape, dtype=network.values[i].dtype) for i in call.inputs]
    inner = next(of for kind, of in _INSIDE if isinstance(call.operation, kind)) if given else None
    calls = [] if inner is None else inner(wrapper, given)
    with states.leaving_no_mark():
        seen = record(calls)
    for layer, _ in calls:
        _forget_masks(layer)
    return seen if seen.calls and seen.complete else None


def _standing_for(inside: Network, layers: Mapping[int, Any]) -> Network:
    """The same calls, as if they were those of the other layers."""
    operations = (layers.get(id(call.operation), call.operation) for call in inside.calls)
    calls = (
        replace(call, operation=operation, identity=keras_layers.identity_of(operation))
        for call, operation in zip(inside.calls, operations, strict=True)
    )
    return replace(inside, calls=tuple(calls))


def _forget_masks(layer: Any) -> None:
    """A recurrent layer drops the dropout masks of its cell after each call; a cell called alone keeps its own."""
    for cell in keras_trainers.own_layers(layer):
        if hasattr(cell, "reset_recurrent_dropout_mask"):
            cell.reset_dropout_mask()
            cell.reset_recurrent_dropout_mask()


def _step_of(tensor: Any) -> Any:
    return keras_layers.KerasTensor((tensor.shape[0], *tensor.shape[2:]), dtype=tensor.dtype)


def _merged(network: Network, inner: dict[int, Network]) -> Network:
    calls: list[Call] = []
    values = list(network.values)
    places: dict[int | None, int | None] = {None: None}
    for call in network.calls:
        places[call.index] = len(calls)
        calls.append(replace(call, index=len(calls), parent=places[call.parent]))
        inside = inner.get(call.index)
        if inside is not None:
            calls += _moved(inside, calls[-1], len(calls), len(values))
            values += inside.values
    counts: dict[object, int] = {}
    for place, call in enumerate(calls):
        counts[call.identity] = number = counts.get(call.identity, 0) + 1
        calls[place] = replace(call, number=number)
    return replace(network, calls=tuple(calls), values=tuple(values))


def _moved(inside: Network, wrapper: Call, calls: int, values: int) -> list[Call]:
    """The calls of `inside` as they stand in the network around: `calls` and `values` stand before theirs."""

    def refer(structure: Any) -> Any:
        return keras.tree.map_structure(
            lambda x: ValueRef(x.index + values) if isinstance(x, ValueRef) else x, structure
        )

    return [
        replace(
            call,
            index=call.index + calls,
            parent=wrapper.index if call.parent is None else call.parent + calls,
            path=f"{wrapper.path}/{call.path}",
            args=refer(call.args),
            kwargs=refer(call.kwargs),
            structure=refer(call.structure),
            inputs=tuple(index + values for index in call.inputs),
            outputs=tuple(index + values for index in call.outputs),
        )
        for call in inside.calls
    ]
