"""Names in a file that lint reads as constructors of Keras: layer classes, and `Input`, which makes a layer too."""

from __future__ import annotations

from shapeguard.layers.registry import class_called, classes_for, traits_of
from shapeguard.layers.traits import Role, Traits

INPUT = "Input"
MODELS = frozenset({"Sequential", "Model"})


def traits_made_by(name: str) -> Traits:
    """The traits of the layer that a constructor of this name makes."""
    return traits_of(classes_for(Role.INPUT)[0] if name == INPUT else class_called(name))


def is_constructor(name: str) -> bool:
    """Whether lint reads calls of a constructor of this name."""
    return traits_made_by(name).positionals is not None


def is_star_name(name: str) -> bool:
    """Whether a star import from Keras may bind this name."""
    return name in MODELS or is_constructor(name)
