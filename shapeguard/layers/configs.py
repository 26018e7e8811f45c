"""The configs that rules read: that of a layer, a layer made from one, and a config after a change."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import replace
from numbers import Integral
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shapeguard.layers.base import Change, Config
    from shapeguard.records.source import Construction

BUILT_IN = ("keras.src.layers.", "keras.src.export.", "keras.src.utils.")
"""Modules whose layers are Keras' own; keras.src.ops has operations of the same names."""

OMITTED = ("output_padding",)
"""Arguments that some get_config() leaves out: up to Keras 3.14 those of transposed convolutions."""

PLAIN = (bool, int, float, str, tuple, list, type(None))


def config_of(layer: Any) -> dict[str, Any]:
    """`get_config()` of a layer, or the attributes of a built-in one whose `get_config()` fails on a user's object."""
    try:
        return dict(layer.get_config())
    except Exception:
        plain = _attributes(layer)
        if plain is None:
            raise
        return plain


def rebuild(layer: Any, config: Config) -> Any:
    """A layer of the same class from a config, without those of the user's own objects that Keras cannot make again.

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
    """The config with `stateful` off, in wrapped layers too: it decides no shape."""
    if not isinstance(config, Mapping):
        return config
    return {name: name != "stateful" and _forgetful(value) for name, value in config.items()}


def configuration(layer: Any, construction: Construction | None = None) -> dict[str, Any]:
    """The config of a layer as rules read it: all shape arguments, and pool strides only if they were written."""
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
    """The plain values of a built-in layer's constructor arguments; `None` if a required one has no such value."""
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


def with_change(config: Config, change: Change) -> dict[str, Any]:
    """`config` after `change`. The backward layer of a Bidirectional changes with the forward one."""
    if not change.inner:
        return {**config, **dict(change.arguments)}
    key = change.inner[0]
    if key == "cells":
        place, deeper = int(change.inner[1]), replace(change, inner=change.inner[2:])
        cells = [_inside(cell, deeper) if index == place else cell for index, cell in enumerate(config["cells"])]
        return {**config, "cells": cells}
    deeper = replace(change, inner=change.inner[1:])
    names = (key, "backward_layer") if key == "layer" else (key,)
    return {**config, **{name: _inside(config[name], deeper) for name in names if config.get(name) is not None}}


def _inside(wrapped: Mapping[str, Any], change: Change) -> dict[str, Any]:
    """A serialized layer after a change of it."""
    return {**wrapped, "config": with_change(wrapped["config"], change)}
