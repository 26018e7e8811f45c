"""Layers that may be put into a network: their code, and what they make of an input."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import keras

from shapeguard.keras_compat import keras_layers
from shapeguard.layers import Refusal, configuration, rule_for
from shapeguard.layers.wrappers import Wrapper

if TYPE_CHECKING:
    from shapeguard.layers import Config, Rule
    from shapeguard.records.network import Shape

REQUIRED: dict[str, Any] = {
    "filters": 1,
    "units": 1,
    "kernel_size": 3,
    "input_dim": 1000,
    "output_dim": 1,
    "n": 1,
    "target_shape": (-1,),
}
"""Arguments without a default, with a value to begin with."""
BY_POSITION = ("layer", "target_shape")
SIZES = ("pool_size", "size", "cropping")
"""Said also where they are the default."""


@dataclass(frozen=True, slots=True)
class LayerSpec:
    """A layer class of Keras and constructor arguments for it; around a wrapped layer one of them is a spec."""

    name: str
    arguments: tuple[tuple[str, Any], ...] = ()

    @property
    def is_guessed(self) -> bool:
        """Whether it has sizes that nobody can know; a Flatten has none."""
        return any(not isinstance(value, LayerSpec) or value.is_guessed for _, value in self.arguments)

    @property
    def code(self) -> str:
        """The constructor call."""
        texts = [
            (value.code if isinstance(value, LayerSpec) else repr(value), "" if name in BY_POSITION else f"{name}=")
            for name, value in self.arguments
        ]
        return f"{self.name}({', '.join(prefix + text for text, prefix in texts)})"

    def layer(self) -> Any:
        """A fresh layer of Keras."""
        given = {name: value.layer() if isinstance(value, LayerSpec) else value for name, value in self.arguments}
        return getattr(keras.layers, self.name)(**given, name="shapeguard_addition")

    def forward(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        """What it makes of these inputs."""
        config = config_of_spec(self)
        rule = rule_for(getattr(keras.layers, self.name), config)
        return Refusal("no rule") if rule is None else rule.forward(config, inputs)


@cache
def config_of_spec(spec: LayerSpec) -> Config:
    """The whole config of the layer that a spec makes."""
    with keras_layers.leaving_no_mark():
        return configuration(spec.layer())


def minimal(rule: Rule) -> LayerSpec | None:
    """A layer of the rule's class of which only what must be is said; `None` where more must be known than sizes."""
    parameters = inspect.signature(getattr(keras.layers, rule.name)).parameters.values()
    needed = [p.name for p in parameters if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
    if any(name not in REQUIRED for name in needed):
        return None
    return LayerSpec(rule.name, tuple((name, REQUIRED[name]) for name in needed))


def from_config(rule: Rule, config: Config) -> LayerSpec | None:
    """The spec that makes a layer of this config as far as shapes go, defaults left out; `None` where none can."""
    if isinstance(rule, Wrapper):
        inner = from_config(*rule.wrapped(config)) if rule.key == "layer" else None
        bare = None if inner is None else LayerSpec(rule.name, (("layer", inner),))
    else:
        bare = minimal(rule)
        if bare is not None:
            bare = LayerSpec(rule.name, tuple((name, _hashable(config[name])) for name, _ in bare.arguments))
    if bare is None:
        return None
    defaults, given = config_of_spec(bare), dict(bare.arguments)
    config = {name: value for name, value in config.items() if name != "strides" or value != config.get("pool_size")}
    more = [
        (name, _hashable(config[name]))
        for name in rule.arguments
        if name not in given
        and name in config
        and config[name] is not None
        and (name in SIZES or _hashable(config[name]) != _hashable(defaults.get(name)))
    ]
    return LayerSpec(rule.name, (*bare.arguments, *more))


def _hashable(value: Any) -> Any:
    return tuple(map(_hashable, value)) if isinstance(value, list | tuple) else value
