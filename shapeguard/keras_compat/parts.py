"""What Keras' code is made of that can raise: layers and operations, losses, metrics, optimizers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras

from shapeguard.keras_compat import keras_layers

_CONTAINERS = "keras.src.trainers.compile_utils"  # 3.0 to 3.15: all losses, all metrics of a `compile`
_KINDS: dict[str, Any] = {
    "layer": keras_layers.Operation,
    "loss": keras.losses.Loss,
    "metric": keras.metrics.Metric,
    "optimizer": keras.optimizers.Optimizer,
}


@dataclass(frozen=True, slots=True)
class Part:
    """A layer, operation, loss, metric or optimizer: its `kind` in a word, its name and its class' name."""

    kind: str
    name: str
    type_name: str
    is_model: bool


def part_of(value: Any) -> Part | None:
    """The part that an object is; `None` of any other object, and of what holds all losses or metrics of a model."""
    kind = next((kind for kind, cls in _KINDS.items() if isinstance(value, cls)), None)
    if kind is None or type(value).__module__ == _CONTAINERS:
        return None
    name = str(getattr(value, "name", "") or type(value).__name__)
    return Part(kind, name, type(value).__name__, isinstance(value, keras.Model))
