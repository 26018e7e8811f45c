"""Sums and products that are larger than both of their tensors: each place of one stands beside each of the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.layers.operations import is_elementwise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.records.network import Call, Network

PAIR = 2
"""The tensors of a sum or product."""


def crossings(network: Network) -> Iterator[Call]:
    """The calls of a network that cross their two tensors."""
    for call in network.calls:
        if is_elementwise(call.layer_type) and len(call.inputs) == PAIR and call.outputs:
            one, other, given = (network.values[value].shape for value in (*call.inputs, call.outputs[0]))
            if given not in (one, other):
                yield call
