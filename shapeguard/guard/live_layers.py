"""What the layers of a network that really ran know of themselves, for the comments beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shapeguard.capture.expectation_store import expectations_of
from shapeguard.diagnosis import call_repairs, weight_shapes
from shapeguard.trace import wrapped_layers

if TYPE_CHECKING:
    from shapeguard.records.expectations import Expectation
    from shapeguard.records.network import Call, Network, Shape


@dataclass(frozen=True, slots=True)
class LiveLayers:
    """The layers of a network, as `matching.comment_binding` asks about them."""

    network: Network

    def expectations_of(self, call: Call) -> tuple[Expectation, ...]:
        """What was recorded on the layer."""
        return expectations_of(call.operation)

    def argument(self, call: Call, name: str) -> Any:
        """What the layer keeps of an argument of its constructor."""
        return getattr(call.operation, name, None)

    def weights_of(self, call: Call) -> tuple[Shape, ...]:
        """The weights, once the layer is built."""
        return weight_shapes.weights_of(call.operation) or ()

    def outputs_in_other_orders(self, call: Call, inputs: tuple[Shape, ...]) -> list[Shape]:
        """What the first output would be if the inputs were given in another order."""
        return call_repairs.outputs_in_other_orders(call, inputs)

    def is_wrapper(self, call: Call) -> bool:
        """Whether it has one layer inside, as `TimeDistributed` has."""
        return hasattr(call.operation, "layer") and wrapped_layers.is_wrapper(call.operation)

    def is_cell(self, call: Call) -> bool:
        """Whether a recurrent layer made the call."""
        return wrapped_layers.is_cell(call, self.network)
