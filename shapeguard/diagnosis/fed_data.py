"""What a model of the user's own is called with: nothing declares its shape, so that the data itself may be wrong."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shapeguard.records.network import Call, ValueRef

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from shapeguard.records.network import Network

FIRST = -2
"""The index of the first such node, down from there: before all calls, and -1 stands for no call at all."""
LAYER_TYPE = "Input"
"""As of an input that the parameter of a `call` declares."""


@dataclass(frozen=True)  # with a __dict__, as the operations beside it have
class FedData:
    """Data that a call is given: the parameter that it is passed for, and its place in that, such as "['image']".

    `name` is the key of that place, else the parameter; `owner` is the model or layer that takes it.
    """

    name: str
    parameter: str
    place: str
    owner: str


def data_calls(network: Network) -> Iterator[Call]:
    """A call in front for each value that the network takes and that no call of it makes."""
    made = {value for call in network.calls for value in call.outputs}
    root = next((call for call in network.calls if call.parent is None and not made.isdisjoint(call.outputs)), None)
    root = root or next(iter(network.calls), None)
    names = {} if root is None else _names(root)
    for place, value in enumerate(value for value in network.inputs if value not in made):
        name, parameter, within = names.get(value, ("inputs", "inputs", ""))
        data = FedData(name, parameter, within, "" if root is None else root.layer)
        yield Call(
            index=FIRST - place,
            operation=data,
            layer=data.name,
            layer_type=LAYER_TYPE,
            path=data.name,
            number=1,
            args=(),
            kwargs={},
            inputs=(),
            outputs=(value,),
            structure=ValueRef(value),
            identity=(FedData, value),
        )


def _names(root: Call) -> dict[int, tuple[str, str, str]]:
    """(name, parameter, place in it) of the values that a call is given."""
    names: dict[int, tuple[str, str, str]] = {}
    parameters = _parameters(root.operation)
    for parameter, given in [*zip(parameters, root.args, strict=False), *root.kwargs.items()]:
        for keys, leaf in _leaves(given):
            if isinstance(leaf, ValueRef):
                named = [key for key in keys if isinstance(key, str)]
                names[leaf.index] = (*named, parameter)[0], parameter, "".join(f"[{key!r}]" for key in keys)
    return names


def _leaves(given: Any) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """The leaves of an argument, each with the keys that lead to it."""
    parts: Iterable[tuple[Any, Any]] = ()
    if isinstance(given, dict):
        parts = given.items()
    elif isinstance(given, list | tuple):
        parts = enumerate(given)
    else:
        yield (), given
    yield from (((key, *rest), leaf) for key, part in parts for rest, leaf in _leaves(part))


def _parameters(operation: Any) -> list[str]:
    """The names of what `call` takes, in order."""
    try:
        return list(inspect.signature(operation.call).parameters)
    except (AttributeError, TypeError, ValueError):
        return []
