"""Whether Keras makes the layer of a constructor call that was rewritten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from shapeguard.keras_compat import states
from shapeguard.records.source import Opaque

if TYPE_CHECKING:
    from shapeguard.diagnosis.rewritten_calls import RewriteCall


def constructs(repair: RewriteCall) -> bool:
    """Whether Keras makes the layer of the rewritten call."""
    construction = repair.construction
    cls = getattr(keras.layers, construction.layer_type, None)
    if not isinstance(cls, type):
        return False
    arguments = {name: _standing_in(value) for name, value in repair.new.arguments(construction).items()}
    with states.leaving_no_mark():
        try:
            cls(**arguments)
        except Exception:  # noqa: BLE001  Keras' refusal is the answer
            return False
    return True


def _standing_in(value: Any) -> Any:
    """The value, with arrays of zeros that take no memory in the place of the user's."""
    if isinstance(value, Opaque):
        return np.broadcast_to(np.float32(0), tuple(d or 1 for d in value.shape)) if value.shape is not None else None
    if isinstance(value, list | tuple):
        return type(value)(_standing_in(item) for item in value)
    return value
