"""What the layers that were read in a source know of themselves, for the comments beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapeguard.layers import Role, traits_of
from shapeguard.static.layer_calls import config_of
from shapeguard.static.sizes import holds_unknown
from shapeguard.static.values import Layer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from shapeguard.records.expectations import Expectation
    from shapeguard.records.network import Call, Shape, Value

GATES = (1, 3, 4)
"""How many times its units wide the kernels of a recurrent layer are: one, three of a GRU, four of an LSTM."""


class ReadLayers:
    """The layers of a network that was read, as `matching.comment_binding` asks about them."""

    def __init__(self, attached: Mapping[int, Sequence[Expectation]], values: Sequence[Value]) -> None:
        self._attached = attached
        self._values = values

    def expectations_of(self, call: Call) -> Sequence[Expectation]:
        """What is declared of the call."""
        return self._attached.get(call.index, ())

    def argument(self, call: Call, name: str) -> Any:
        """An argument as a live layer keeps it: the sides of a window as a tuple."""
        if not isinstance(call.operation, Layer):
            return None
        value = config_of(call.operation).get(name)
        if holds_unknown(value):
            return None
        is_window = name in {"kernel_size", "pool_size"} and type(value) is int
        return (value,) * (len(self._values[call.inputs[0]].shape) - 2) if is_window and call.inputs else value

    def weights_of(self, call: Call) -> tuple[Shape, ...]:
        """The kernels of recurrent layers and of heads; those of others follow from their windows and widths."""
        entering = [self._values[value].shape[-1:] for value in call.inputs[:1]]
        width = entering[0][0] if entering and entering[0] else None
        units, heads, size = (self.argument(call, name) for name in ("units", "num_heads", "key_dim"))
        found: list[Shape] = []
        if traits_of(call.layer_type).role in {Role.RECURRENT, Role.BOTH_WAYS} and type(units) is int:
            found += [(rows, count * units) for count in GATES for rows in (width, units)]
        if type(heads) is int and type(size) is int:
            found += [(width, heads, size), (heads, size, width)]
        return tuple(found)

    def outputs_in_other_orders(self, call: Call, inputs: tuple[Shape, ...]) -> Iterable[Shape]:
        """Nothing: an input that another order would make the output is told apart from it by nobody here."""
        del call, inputs
        return ()

    def is_wrapper(self, call: Call) -> bool:
        """Whether it has a layer inside that it calls."""
        return isinstance(call.operation, Layer) and "layer" in call.operation.arguments

    def is_cell(self, call: Call) -> bool:
        """Whether a recurrent layer calls it: what is inside of layers is not followed."""
        del call
        return False
