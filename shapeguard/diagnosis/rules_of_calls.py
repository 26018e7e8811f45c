"""Which shape rule a call of the network has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapeguard.diagnosis.fed_data import FedData
from shapeguard.diagnosis.keras_fallback import (
    LambdaRule,
    OfBatchRule,
    OperationRule,
    configuration_of_operation,
    function_of,
    promised_by,
)
from shapeguard.diagnosis.masked_calls import with_masks
from shapeguard.keras_compat import keras_layers
from shapeguard.keras_compat.literal_batches import OfBatch
from shapeguard.layers import configuration, rule_for
from shapeguard.layers.operations import is_opaque_operation
from shapeguard.layers.shape_preserving import ShapePreserving
from shapeguard.source.elementwise import is_elementwise

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shapeguard.diagnosis.keras_fallback import KerasFallback
    from shapeguard.diagnosis.masked_calls import MaskedRule
    from shapeguard.diagnosis.weight_rule import WeightRule
    from shapeguard.layers import Rule
    from shapeguard.records.network import Call, Value

    AnyRule = Rule | MaskedRule | OperationRule | KerasFallback | WeightRule


def rule_of(call: Call, values: Sequence[Value] = ()) -> tuple[AnyRule | None, Mapping[str, Any]]:
    """The rule of a call and the config that it reads; no rule where nobody can tell what the call gives.

    `values` are those of the network.
    """
    if isinstance(call.operation, FedData):
        return None, {}
    if not isinstance(call.operation, keras_layers.Layer):
        is_opaque = keras_layers.is_builtin(call.operation) and is_opaque_operation(call.layer_type)
        rule = OfBatchRule if isinstance(call.operation, OfBatch) else OperationRule
        return (None, {}) if is_opaque else (rule(call, values), configuration_of_operation(call))
    function = function_of(call.operation)
    if function is not None:
        return _rule_of_function(call, function)
    if rule_for(type(call.operation)) is None:
        return None, {}
    try:
        config = configuration(call.operation, call.construction)
    except Exception:  # noqa: BLE001  a user's get_config may raise anything: the layer is opaque then
        return None, {}
    return with_masks(rule_for(type(call.operation), config), call), config


def _rule_of_function(call: Call, function: Any) -> tuple[AnyRule | None, Mapping[str, Any]]:
    """The rule of a Lambda: what it promises, or its input's shape where it only calculates with the elements."""
    promised = promised_by(call.operation)
    if promised is not None:
        return LambdaRule(call), {"output_shape": promised}
    return (ShapePreserving(call.layer_type) if is_elementwise(function) else None), {}
