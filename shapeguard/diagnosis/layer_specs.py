"""Layers that may be put into a network: their code, what they make of an input, and the ways they may stand in."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import keras

from shapeguard.diagnosis.keras_fallback import OperationRule
from shapeguard.diagnosis.repairs import Repair
from shapeguard.keras_compat import keras_layers
from shapeguard.layers import Refusal, configuration, rule_for
from shapeguard.layers.wrappers import Wrapper

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.layers import Config, Rule
    from shapeguard.records.network import Shape

    Way = tuple[Node, int]
    Ways = tuple[Way, ...]

SLOTS = 4
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
    """A layer class of Keras and constructor arguments for it; around a wrapped layer one of them is an addition."""

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
        config = config_of_addition(self)
        rule = rule_for(getattr(keras.layers, self.name), config)
        return Refusal("no rule") if rule is None else rule.forward(config, inputs)


@cache
def config_of_addition(addition: LayerSpec) -> Config:
    """The whole config of the layer that an addition makes."""
    with keras_layers.leaving_no_mark():
        return configuration(addition.layer())


def plain(rule: Rule) -> LayerSpec | None:
    """A layer of the rule's class of which only what must be is said; `None` where more must be known than sizes."""
    parameters = inspect.signature(getattr(keras.layers, rule.name)).parameters.values()
    needed = [p.name for p in parameters if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
    if any(name not in REQUIRED for name in needed):
        return None
    return LayerSpec(rule.name, tuple((name, REQUIRED[name]) for name in needed))


def of_config(rule: Rule, config: Config) -> LayerSpec | None:
    """The addition that makes a layer of this config as far as shapes go, defaults left out; `None` where none can."""
    if isinstance(rule, Wrapper):
        inner = of_config(*rule.wrapped(config)) if rule.key == "layer" else None
        bare = None if inner is None else LayerSpec(rule.name, (("layer", inner),))
    else:
        bare = plain(rule)
        if bare is not None:
            bare = LayerSpec(rule.name, tuple((name, _hashable(config[name])) for name, _ in bare.arguments))
    if bare is None:
        return None
    defaults, given = config_of_addition(bare), dict(bare.arguments)
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


def insertion_points(graph: Graph, node: Node) -> Iterator[Ways]:
    """Where a layer may stand beside a node: on each of the first ways into it, and behind it where its ways part."""
    if not node.is_input and not isinstance(node.rule, OperationRule):
        entering = min(SLOTS, len(graph.inputs_of(node)))  # in some worlds fewer tensors than were seen
        for slot in range(entering):
            yield ((node, slot),)
    for value in node.outputs:
        ways = ways_behind(graph, value)
        if len(ways) > 1:
            yield ways


def ways_behind(graph: Graph, value: int) -> Ways:
    """All ways that a value goes, for a layer in front of all of them; none where a function takes it."""
    users = [graph.nodes[index] for index in sorted(set(graph.consumers.get(value, ())))]
    if any(isinstance(user.rule, OperationRule) for user in users):
        return ()
    return tuple((user, user.inputs.index(value)) for user in users)


def insertion(ways: Ways, addition: LayerSpec, cost: float) -> Repair:
    """A layer on these ways, each a node and the number of the input that it is put before."""
    return Repair(
        "structure",
        "insert_before",
        addition.code,
        tuple(node.index for node, _ in ways),
        inserted={node.index: partial(_at, slot, addition) for node, slot in ways},
        cost=cost,
        made=addition,
        slots=tuple(slot for _, slot in ways),
    )


def replacement(node: Node, addition: LayerSpec, cost: float) -> Repair:
    """Another layer in the place of a node."""
    instead = {node.index: addition.forward}
    return Repair("structure", "replace", addition.code, (node.index,), instead=instead, cost=cost, made=addition)


def _at(slot: int, addition: LayerSpec, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
    """The input shapes after a layer was put before the one in `slot`."""
    if slot >= len(inputs):
        return Refusal("nothing enters there")
    outputs = addition.forward((inputs[slot],))
    return outputs if isinstance(outputs, Refusal) else (*inputs[:slot], outputs[0], *inputs[slot + 1 :])
