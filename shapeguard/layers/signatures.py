"""What `lint` knows of the names in a file: those of Keras' layer classes, and of `Input`, which makes a layer too."""

from __future__ import annotations

from shapeguard.layers.registry import class_called, classes_for, traits_of
from shapeguard.layers.traits import Role, Traits

INPUT = "Input"
MODELS = frozenset({"Sequential", "Model"})


def traits_made_by(name: str) -> Traits:
    """What is known of the layer that a constructor of this name makes."""
    return traits_of(classes_for(Role.INPUT)[0] if name == INPUT else class_called(name))


def is_constructor(name: str) -> bool:
    """Whether lint reads the calls of a constructor of this name."""
    return traits_made_by(name).positionals is not None


def is_star_name(name: str) -> bool:
    """Whether a name that nothing else binds comes from Keras, where a file imports all names of one of its modules."""
    return name in MODELS or is_constructor(name)
