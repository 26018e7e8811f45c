"""Whole numbers in a repaired network: a backend refuses some that Keras' symbolic calls let pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapeguard.keras_compat import keras_layers
from shapeguard.layers import Role, role_of
from shapeguard.layers.operations import is_elementwise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shapeguard.diagnosis.graph import Graph
    from shapeguard.records.network import Call, Network

MIXED = "whole numbers would meet others, which the backend may refuse"


def takes_whole_numbers(target: Any, dtypes: Iterable[str | None]) -> bool:
    """Whether whole numbers enter a layer that weighs its inputs: a convolution refuses them, a Dense does not."""
    is_of_codes = role_of(type(target).__name__) is Role.EMBEDDING
    is_weighed = isinstance(target, keras_layers.Layer) and not is_of_codes
    return is_weighed and any(map(_is_whole, dtypes))


def reservation_of_numbers(graph: Graph, rerun: Network) -> str:
    """What keeps a repair from being verified because tensors of two kinds meet newly, as in `x + y`; "" if none do.

    Where the same tensors met before, the program itself had come past it.
    """
    before = {_told(call, graph.network) for call in graph.network.calls if call.failure is None}
    return MIXED if any(_is_mixed(call, rerun) and _told(call, rerun) not in before for call in rerun.calls) else ""


def _told(call: Call, network: Network) -> tuple[object, ...]:
    return call.identity, call.number, tuple(network.values[value].shape for value in call.inputs)


def _is_mixed(call: Call, network: Network) -> bool:
    kinds = {_is_whole(network.values[value].dtype) for value in call.inputs}
    return len(kinds) > 1 and is_elementwise(call.layer_type) and not isinstance(call.operation, keras_layers.Layer)


def _is_whole(dtype: str | None) -> bool:
    return "int" in str(dtype)
