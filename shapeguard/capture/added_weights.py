"""Records by which line a layer of the user's own makes each of its weights; of Keras' own layers nothing."""

from __future__ import annotations

import functools
from typing import Any

from shapeguard.capture.constructions import record_at
from shapeguard.keras_compat import keras_layers, own_weights
from shapeguard.source import frames
from shapeguard.strict import InternalCalls

_safely = InternalCalls("recording a weight")


def install() -> None:
    """Patches `Layer.add_weight`, once: as recording of constructor calls starts."""
    original = keras_layers.Layer.add_weight

    @functools.wraps(original)
    def add_weight(self: Any, *args: Any, **kwargs: Any) -> Any:
        variable = original(self, *args, **kwargs)
        if not keras_layers.is_builtin(self):
            _safely(_record, self, variable, args, kwargs)
        return variable

    keras_layers.Layer.add_weight = add_weight


def _record(layer: Any, variable: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    weight = own_weights.Weight(*args, **kwargs)
    site = frames.current(3)
    earlier = [each for each in map(own_weights.weight_of, layer.weights) if each is not None]
    own = [each for each in earlier if each.owner == id(layer)]
    weight.belongs_to(layer, len(own))
    weight.shape = tuple(variable.shape)
    if any(code.co_name == "build" for code, _ in site.frames[:1]):
        weight.place = sum(each.place is not None for each in own)
    record_at(weight, args, kwargs, site)
    own_weights.mark(variable, weight)
