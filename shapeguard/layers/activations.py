"""The activation that the values of an output went through last."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SOFTMAX = "softmax"
SIGMOID = "sigmoid"
_OF_CLASS = {"Softmax": SOFTMAX, "Sigmoid": SIGMOID}
"""Layers and operations that are an activation by themselves."""
_HANDS_ON = frozenset({"Reshape", "Identity", "ActivityRegularization", "Cropping1D", "Cropping2D", "Cropping3D"})
"""Layers and operations whose values are those of their input, in its last axis too where that keeps its size."""
LAST = -1


def activation_of(name: str, config: Mapping[str, object]) -> str:
    """The activation of a layer or operation of this class, that of the layer inside a wrapper; "" for none."""
    inner = config.get("layer")
    if isinstance(inner, dict):
        return activation_of(inner.get("class_name", ""), inner.get("config", {}))
    if name in _OF_CLASS:
        return _OF_CLASS[name] if config.get("axis", LAST) == LAST else ""
    activation = config.get("activation")
    return activation if isinstance(activation, str) else ""


def hands_on(name: str) -> bool:
    """Whether a layer or operation of this class gives the values that it takes."""
    return name in _HANDS_ON
