"""The rule of each layer class, and queries over the traits of all of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING

from shapeguard.layers import (
    attention,
    conv,
    core,
    depthwise,
    images,
    merging,
    padding_cropping,
    pooling,
    preprocessing,
    recurrent,
    reshaping,
    shape_preserving,
    sound,
    transposed,
    wrappers,
)
from shapeguard.layers.configs import BUILT_IN
from shapeguard.layers.traits import ArgumentTraits, Traits

if TYPE_CHECKING:
    from shapeguard.layers.base import Config, Rule
    from shapeguard.layers.traits import Role

SHAPING = ("call", "build", "compute_output_shape", "compute_output_spec")
"""A subclass that overrides none of these has the shapes of its base."""

OPAQUE = {
    "Layer": "the base class of all layers: the user's call() determines its shapes",
    "Lambda": "the user's function determines its shapes",
    "Wrapper": "the base class of wrappers: it has no call() of its own",
    "FlaxLayer": "a module of another framework determines its shapes",
    "JaxLayer": "a function of another framework determines its shapes",
    "TorchModuleWrapper": "a module of another framework determines its shapes",
    "TFSMLayer": "a saved TensorFlow graph determines its shapes",
    "MaxNumBoundingBoxes": "it processes dictionaries of bounding boxes, which a list of shapes cannot describe",
}

FAMILIES = (
    attention,
    padding_cropping,
    conv,
    depthwise,
    core,
    images,
    merging,
    shape_preserving,
    pooling,
    preprocessing,
    recurrent,
    reshaping,
    sound,
    transposed,
)

NO_TRAITS = Traits()

_registered: dict[type, Rule] = {}


def register(layer_class: type, rule: Rule) -> None:
    """Registers the rule of a class outside Keras; it holds for subclasses that do not override shapes too.

    Args:
        layer_class: The class, called as the rule is.
        rule: Its shape rule with its traits; see `layers/base.py`.

    Raises:
        ValueError: The rule has another name, or a class of this name has a rule.

    """
    if rule.name != layer_class.__name__:
        msg = f"the rule is called {rule.name!r} but the class {layer_class.__name__!r}"
        raise ValueError(msg)
    if rule.name in _rules():
        msg = f"a class called {rule.name!r} already has a rule"
        raise ValueError(msg)
    _registered[layer_class] = rule
    forget()


def forget() -> None:
    """Clears the caches of all queries."""
    for query in (_rules, _of_class, classes_with, arguments_with, _arguments, _class_names):
        query.cache_clear()


@cache
def _rules() -> dict[str, Rule]:
    own = chain.from_iterable(family.RULES for family in FAMILIES)
    return {rule.name: rule for rule in chain(own, wrappers.rules(_of_serialized), _registered.values())}


def rule_for(layer_class: type, config: Config | None = None) -> Rule | None:
    """The rule of a built-in or registered class, or of a subclass that does not override shapes.

    With `config`, `None` also if the rule does not hold for this layer, such as a wrapper of a custom layer.
    """
    rule = _of_class(layer_class)
    if rule is None or config is None:
        return rule
    return rule if rule.covers(config) else None


@cache
def _of_class(layer_class: type) -> Rule | None:
    for base in layer_class.__mro__:
        if base in _registered:
            return _registered[base]
        if base.__module__.startswith(BUILT_IN):
            return _rules().get(base.__name__)
        if any(name in vars(base) for name in SHAPING):
            return None
    return None


def _of_serialized(layer: object) -> Rule | None:
    """The rule of a layer inside another's config, {"module", "class_name", "config", ...}."""
    if not isinstance(layer, Mapping) or not str(layer.get("module", "keras.layers")).startswith("keras."):
        return None
    return _rules().get(layer["class_name"])


def covered() -> Mapping[str, Rule]:
    """The rules by class name."""
    return MappingProxyType(_rules())


def opaque() -> Mapping[str, str]:
    """The built-in classes without a rule: {name: reason}."""
    return MappingProxyType(OPAQUE)


def registered_class(name: str) -> type | None:
    """The registered class of this name; `None` for a class of Keras."""
    return next((layer_class for layer_class in _registered if layer_class.__name__ == name), None)


def traits_of(name: str) -> Traits:
    """The traits of the class of this name; those of a class without a rule are empty."""
    rule = _rules().get(name)
    return NO_TRAITS if rule is None else rule.traits


def role_of(name: str) -> Role | None:
    """The role of the class of this name; `None` if it has none."""
    return traits_of(name).role


@cache
def classes_with(trait: str) -> tuple[str, ...]:
    """The names of the classes for which a trait such as "often_missing" is true, in the order of the registry."""
    return tuple(name for name, rule in _rules().items() if getattr(rule.traits, trait))


def classes_for(role: Role, axes: int | None = None) -> tuple[str, ...]:
    """The names of the classes with this role for an input of so many spatial axes, the usual one first."""
    rules = _rules().values()
    return tuple(rule.name for rule in rules if rule.traits.role is role and rule.traits.axes in {None, axes})


@cache
def _arguments() -> dict[str, ArgumentTraits]:
    every = chain.from_iterable(rule.traits.arguments for rule in reversed(_rules().values()))
    return {argument.name: argument for argument in every}


def argument_traits(name: str) -> ArgumentTraits:
    """The traits of an argument of this name, whatever layer has it."""
    return _arguments().get(name) or ArgumentTraits(name)


@cache
def arguments_with(trait: str) -> frozenset[str]:
    """The names of the arguments for which a trait such as "counts" is true."""
    return frozenset(name for name, argument in _arguments().items() if getattr(argument, trait))


@cache
def _class_names() -> dict[str, str]:
    return {
        other: name for name, rule in _rules().items() for other in (*rule.traits.aliases, *rule.traits.keras1.names)
    }


def class_called(name: str) -> str:
    """The name in Keras 3 of a class that has or had this name."""
    return _class_names().get(name, name)
