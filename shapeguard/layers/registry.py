"""Which rule belongs to which layer class, and the configs that rules read."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import cache
from itertools import chain
from numbers import Integral
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from shapeguard.layers import (
    attention,
    conv,
    core,
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

if TYPE_CHECKING:
    from shapeguard.layers.base import Change, Config, Rule
    from shapeguard.records.source import Construction

BUILT_IN = ("keras.src.layers.", "keras.src.export.", "keras.src.utils.")
"""Modules whose layers are Keras' own; keras.src.ops has operations of the same names."""

SHAPING = ("call", "build", "compute_output_shape", "compute_output_spec")
"""A subclass that overrides none of these has the shapes of its base."""

OMITTED = ("output_padding",)
"""Arguments that some get_config() leaves out: up to Keras 3.14 those of transposed convolutions."""

PLAIN = (bool, int, float, str, tuple, list, type(None))

OPAQUE = {
    "Layer": "the base of all layers: its shapes are those of the user's call()",
    "Lambda": "its shapes are those of the user's function",
    "Wrapper": "the base of the wrappers: it has no call of its own",
    "FlaxLayer": "its shapes are those of a module of another framework",
    "JaxLayer": "its shapes are those of a function of another framework",
    "TorchModuleWrapper": "its shapes are those of a module of another framework",
    "TFSMLayer": "its shapes are those of a saved TensorFlow graph",
    "MaxNumBoundingBoxes": "it works on dictionaries of bounding boxes, whose parts a list of shapes does not name",
}


FAMILIES = (
    attention,
    padding_cropping,
    conv,
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


@cache
def _table() -> dict[str, Rule]:
    own = chain.from_iterable(family.RULES for family in FAMILIES)
    return {rule.name: rule for rule in chain(own, wrappers.rules(_of_serialized))}


def rule_for(layer_class: type, config: Config | None = None) -> Rule | None:
    """The rule of a built-in class, or of a subclass that leaves the shapes alone.

    With `config`, `None` also where the rule does not hold for this layer, as around a wrapped custom layer.
    """
    rule = _of_class(layer_class)
    if rule is None or config is None:
        return rule
    return rule if rule.covers(config) else None


@cache
def _of_class(layer_class: type) -> Rule | None:
    for base in layer_class.__mro__:
        if base.__module__.startswith(BUILT_IN):
            return _table().get(base.__name__)
        if any(name in vars(base) for name in SHAPING):
            return None
    return None


def _of_serialized(layer: object) -> Rule | None:
    """The rule of a layer inside another's config, {"module", "class_name", "config", ...}."""
    if not isinstance(layer, Mapping) or not str(layer.get("module", "keras.layers")).startswith("keras."):
        return None
    return _table().get(layer["class_name"])


def covered() -> Mapping[str, Rule]:
    """The rules by the name of their class."""
    return MappingProxyType(_table())


def opaque() -> Mapping[str, str]:
    """The names of the built-in classes without a rule, each with the reason."""
    return MappingProxyType(OPAQUE)


def config_of(layer: Any) -> dict[str, Any]:
    """What a layer says of itself; a built-in one that cannot, over a user's initializer say, by its attributes."""
    try:
        return dict(layer.get_config())
    except Exception:
        plain = _attributes(layer)
        if plain is None:
            raise
        return plain


def rebuild(layer: Any, config: Config) -> Any:
    """A layer like this one from a config; without the user's own objects where Keras cannot make those again.

    The function of a Lambda goes along as it is: Keras makes none from a config unless told that it is safe. Recurrent
    layers remember nothing between batches: their states would be variables, which no stateless scope may make.
    """
    config = _forgetful(config)
    if type(layer).__name__ == "Lambda":
        return type(layer)(layer.function, config.get("output_shape"), layer.mask, layer.arguments, name=layer.name)
    try:
        return type(layer).from_config(dict(config))
    except Exception:
        if not type(layer).__module__.startswith(BUILT_IN):
            raise
        return type(layer).from_config({name: value for name, value in config.items() if isinstance(value, PLAIN)})


def _forgetful(config: Any) -> Any:
    """The config with `stateful` off, in wrapped layers too; no shape follows from it."""
    if not isinstance(config, Mapping):
        return config
    return {name: name != "stateful" and _forgetful(value) for name, value in config.items()}


def configuration(layer: Any, construction: Construction | None = None) -> dict[str, Any]:
    """The config of a layer as rules read it: all shape arguments, and pool strides only where they were written."""
    config = {name: _plain(value) for name, value in config_of(layer).items()}
    for name in OMITTED:
        if name not in config and hasattr(layer, name):
            config[name] = getattr(layer, name)
    if construction is not None and not construction.indirect and "pool_size" in config:
        written = {argument.name for argument in construction.arguments}
        if "strides" not in written and config.get("strides") == config["pool_size"]:
            config["strides"] = None
    return config


def _attributes(layer: Any) -> dict[str, Any] | None:
    """The plain values of a built-in layer's constructor arguments; `None` where one that it needs is none of these."""
    if not type(layer).__module__.startswith(BUILT_IN):
        return None
    found: dict[str, Any] = {"name": layer.name}
    for name, parameter in inspect.signature(type(layer)).parameters.items():
        value = getattr(layer, name, parameter.default)
        if isinstance(value, PLAIN):
            found[name] = value
        elif parameter.default is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD:
            return None
    return found


def _plain(value: Any) -> Any:
    """NumPy's integers as Python's, inside tuples, lists and wrapped layers too: people compute sizes with NumPy."""
    if isinstance(value, Integral):
        return value if isinstance(value, int) else int(value)
    if isinstance(value, dict):
        return {name: _plain(entry) for name, entry in value.items()}
    return type(value)(map(_plain, value)) if type(value) in {list, tuple} else value


def applied(config: Config, change: Change) -> dict[str, Any]:
    """`config` after `change`. Inside Bidirectional the backward copy changes with the forward one."""
    changed = dict(config)
    if not change.inner:
        changed.update(change.arguments)
        return changed
    key = change.inner[0]
    rest = type(change)(change.arguments, change.effort, change.inner[1:], change.solved)
    if key == "cells":
        place = int(change.inner[1])
        deeper = type(change)(change.arguments, change.effort, change.inner[2:], change.solved)
        changed["cells"] = [
            {**cell, "config": applied(cell["config"], deeper)} if index == place else cell
            for index, cell in enumerate(config["cells"])
        ]
        return changed
    for name in (key, "backward_layer") if key == "layer" else (key,):
        if config.get(name) is not None:
            changed[name] = {**config[name], "config": applied(config[name]["config"], rest)}
    return changed
