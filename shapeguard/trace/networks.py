"""Networks made from others: with inputs as calls in front, with the newest calls alone, with how layers were made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from shapeguard.keras_compat import keras_layers
from shapeguard.records.network import Call, Network, ValueRef
from shapeguard.records.source import OperationName

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def input_call(index: int, layer: Any, value: int) -> Call:
    """The call by which an input layer gives a value."""
    return Call(
        index=index,
        operation=layer,
        layer=str(layer.name),
        layer_type=type(layer).__name__,
        path=str(layer.name),
        number=1,
        args=(),
        kwargs={},
        inputs=(),
        outputs=(value,),
        structure=ValueRef(value),
        identity=id(layer),
    )


def batch_of(network: Network) -> int | None:
    """The size of the batch that the pass was made on; `None` where it is open or nothing entered."""
    entering = network.inputs or next((call.inputs for call in network.calls if call.inputs), ())
    shapes = [network.values[index].shape for index in entering]
    return next((shape[0] for shape in shapes if shape), None)


@dataclass(frozen=True)  # with a __dict__, as the operations beside it have
class Input:
    """An input of a model of the user's own class, as its `call` sees it: no InputLayer stands for it."""

    name: str


def with_inputs(network: Network, names: Mapping[int, str]) -> Network:
    """The network with a call in front for each of these values, so that they are rows like any layer."""
    entries = tuple(input_call(i, Input(name), value) for i, (value, name) in enumerate(sorted(names.items())))
    offset = len(entries)
    moved = (
        replace(call, index=call.index + offset, parent=None if call.parent is None else call.parent + offset)
        for call in network.calls
    )
    return replace(network, calls=(*entries, *moved))


def newest_only(network: Network) -> Network:
    """The network without calls that Keras made again later by itself, as `Sequential.add` rebuilds each time."""
    newest: dict[int, int] = {}
    for call in network.calls:
        if call.site is not None and not call.site.direct and isinstance(call.operation, keras_layers.Layer):
            newest[id(call.operation)] = call.index
    kept = [c for c in network.calls if newest.get(id(c.operation), c.index) == c.index or (c.site and c.site.direct)]
    places = {call.index: place for place, call in enumerate(kept)}
    counts: dict[object, int] = {}
    calls = []
    for call in kept:
        counts[call.identity] = counts.get(call.identity, 0) + 1
        parent = None if call.parent is None else places.get(call.parent)
        calls.append(replace(call, index=places[call.index], parent=parent, number=counts[call.identity]))
    return replace(network, calls=tuple(calls))


def with_constructions(
    network: Network, construction_of: Callable[[Any], Any], application_ending_at: Callable[[Any], Any]
) -> Network:
    """The same network, each call with the constructor call that made its layer, and the application it ends.

    Operations have the names of their places.
    """

    def constructed(call: Call) -> Call:
        construction = construction_of(call.operation)
        is_placed = construction is not None and isinstance(construction.layer, OperationName)
        return replace(
            call,
            layer=construction.layer if is_placed else call.layer,
            construction=construction,
            application=application_ending_at(call.operation),
        )

    return replace(network, calls=tuple(map(constructed, network.calls)))
