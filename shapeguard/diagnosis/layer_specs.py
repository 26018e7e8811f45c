"""Layers that may be put into a network: their code, and what they make of an input."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import keras

from shapeguard.keras_compat import states
from shapeguard.layers import Refusal, argument_traits, classes_for, configuration, registered_class, rule_for
from shapeguard.layers.wrappers import Wrapper

if TYPE_CHECKING:
    from shapeguard.layers import Config, Role, Rule
    from shapeguard.records.network import Shape


@dataclass(frozen=True, slots=True)
class LayerSpec:
    """A layer class of Keras and constructor arguments for it; around a wrapped layer one of them is a spec.

    `is_solved`: other tensors tell its sizes.
    """

    name: str
    arguments: tuple[tuple[str, Any], ...] = ()
    is_solved: bool = False

    @property
    def is_guessed(self) -> bool:
        """Whether it has sizes that nobody can know; a Flatten has none."""
        sizes = any(not isinstance(value, LayerSpec) or value.is_guessed for _, value in self.arguments)
        return sizes and not self.is_solved

    @property
    def code(self) -> str:
        """The constructor call."""
        texts = [
            ("" if argument_traits(name).unnamed else f"{name}=")
            + (value.code if isinstance(value, LayerSpec) else repr(value))
            for name, value in self.arguments
        ]
        return f"{self.name}({', '.join(texts)})"

    def layer(self, name: str = "shapeguard_addition") -> Any:
        """A fresh layer of Keras."""
        given = {name: value.layer() if isinstance(value, LayerSpec) else value for name, value in self.arguments}
        return _class_of(self.name)(**given, name=name)

    def forward(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        """What it makes of these inputs."""
        config = config_of_spec(self)
        rule = rule_for(_class_of(self.name), config)
        return Refusal("no rule") if rule is None else rule.forward(config, inputs)


def spec_of(role: Role, *arguments: tuple[str, Any], axes: int | None = None) -> LayerSpec:
    """A layer of the usual class for a part in a network."""
    return LayerSpec(classes_for(role, axes)[0], arguments)


def _class_of(name: str) -> Any:
    return registered_class(name) or getattr(keras.layers, name)


@cache
def config_of_spec(spec: LayerSpec) -> Config:
    """The whole config of the layer that a spec makes."""
    with states.leaving_no_mark():
        return configuration(spec.layer())


def minimal(rule: Rule) -> LayerSpec | None:
    """A layer of the rule's class of which only what must be is said; `None` where more must be known than sizes."""
    parameters = inspect.signature(_class_of(rule.name)).parameters.values()
    needed = [p.name for p in parameters if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
    arguments = tuple((name, argument_traits(name).example) for name in needed)
    return None if any(value is None for _, value in arguments) else LayerSpec(rule.name, arguments)


def from_config(rule: Rule, config: Config) -> LayerSpec | None:
    """The spec that makes a layer of this config as far as shapes go, defaults left out; `None` if none can."""
    bare = _bare(rule, config)
    if bare is None:
        return None
    defaults, given = config_of_spec(bare), dict(bare.arguments)
    config = {name: value for name, value in config.items() if name != "strides" or value != config.get("pool_size")}
    written = {name: _hashable(config[name]) for name in rule.arguments if config.get(name) is not None}
    more = [
        (name, value)
        for name, value in written.items()
        if name not in given and (argument_traits(name).shown or value != _hashable(defaults.get(name)))
    ]
    return LayerSpec(rule.name, (*bare.arguments, *more))


def _bare(rule: Rule, config: Config) -> LayerSpec | None:
    """The spec with those arguments alone that must be written."""
    if isinstance(rule, Wrapper):
        inner = from_config(*rule.wrapped(config)) if rule.key == "layer" else None
        return None if inner is None else LayerSpec(rule.name, (("layer", inner),))
    least = minimal(rule)
    if least is None:
        return None
    return LayerSpec(rule.name, tuple((name, _hashable(config[name])) for name, _ in least.arguments))


def _hashable(value: Any) -> Any:
    return tuple(map(_hashable, value)) if isinstance(value, list | tuple) else value
