"""The network as the search sees it: nodes with a shape rule each, and what-if propagation between them."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import keras

from shapeguard.diagnosis.fed_data import LAYER_TYPE, data_calls
from shapeguard.diagnosis.keras_fallback import (
    KerasFallback,
    LambdaRule,
    LayerRule,
)
from shapeguard.diagnosis.rules_of_calls import rule_of
from shapeguard.diagnosis.scenarios import Patch
from shapeguard.diagnosis.weight_rule import WeightRule
from shapeguard.keras_compat import keras_layers
from shapeguard.keras_compat.own_cells import has_own_cell
from shapeguard.keras_compat.own_steps import OwnStep
from shapeguard.keras_compat.own_weights import Weight
from shapeguard.layers import Refusal, configuration
from shapeguard.layers.wrappers import Wrapper, within
from shapeguard.spec import all_agree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from shapeguard.diagnosis.rules_of_calls import AnyRule
    from shapeguard.diagnosis.scenarios import Scenario
    from shapeguard.records.network import Call, Network, Shape
    from shapeguard.records.source import Construction

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Node:
    """One call whose output shapes follow from its input shapes.

    `index` is the call's index in the network, `makers` the nodes that its inputs come from. `opaque`: no formula
    explains what was observed, so its outputs are only known for the observed inputs. `doubtful`: the symbolic pass let
    it through, but its formula says that Keras refuses real tensors. `inside`: of the calls seen inside this wrapper,
    the outputs and the number of wrappers around.
    """

    index: int
    call: Call
    rule: AnyRule | None
    config: Mapping[str, Any]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    makers: tuple[Node, ...] = field(default=(), repr=False)
    opaque: bool = False
    doubtful: bool = False
    inside: dict[int, tuple[tuple[int, ...], int]] = field(default_factory=dict)
    _upstream: frozenset[int] | None = None

    @property
    def construction(self) -> Construction | None:
        """The constructor call that made the layer, where it is known."""
        return self.call.construction

    @property
    def is_input(self) -> bool:
        """Whether this is an input of the model rather than a layer's call."""
        return self.call.layer_type == "InputLayer"

    @property
    def is_data(self) -> bool:
        """Whether this is what a model of the user's own is called with: nothing but its layers says of which shape."""
        return self.call.layer_type == LAYER_TYPE

    @property
    def comes_in(self) -> bool:
        """Whether this is what the model is given, declared or not."""
        return self.is_input or self.is_data

    @property
    def upstream(self) -> frozenset[int]:
        """The indices of all nodes that it depends on, itself included; of few nodes anybody asks."""
        if self._upstream is None:
            self._upstream = frozenset(node.index for node in _reachable(self, lambda node: node.makers))
        return self._upstream


class Work:
    """Counts the calls that were worked out in scenarios: what a search costs, on whatever machine."""

    def __init__(self) -> None:
        self.calls = 0


class Graph:
    """Nodes in call order, with the observed shapes.

    `refused` is the node that Keras refused, `None` if the pass came to its end. `repaired` is what is changed
    already, `base` the scenario that this leads to. `asks_functions`: that of a Lambda may be called, to see whether
    it gives what was promised. `raised`: Keras refused some call.
    """

    def __init__(
        self,
        network: Network,
        construction_of: Callable[[Any], Construction | None] = lambda _: None,
        *,
        asks_functions: bool = True,
        raised: bool = False,
    ) -> None:
        self.network = network
        self._asks_functions = asks_functions
        self.construction_of = construction_of
        self.shapes: dict[int, Shape] = {i: value.shape for i, value in enumerate(network.values)}
        self.nodes: dict[int, Node] = {}
        self.consumers: dict[int, list[int]] = {}
        self.producer: dict[int, int] = {}
        self.work = Work()
        self._known: dict[tuple[int, tuple[Shape, ...]], tuple[Shape, ...] | Refusal | None] = {}
        self._downstream: dict[int, frozenset[int]] = {}
        self._of_samples: set[int] = set()
        for call in (*data_calls(network), *_leaves(network)):
            self._add(call)
        self._look_inside(network)
        self.unfollowed = self._unfollowed(network)
        self.same_layer: dict[object, list[int]] = {}
        for index, node in self.nodes.items():
            self.same_layer.setdefault(node.call.identity, []).append(index)
        self.repaired = Patch()
        self.base: Scenario | None = None
        self.refused = next((node for node in reversed(self.nodes.values()) if node.call.failure is not None), None)
        self._let_keras_judge()
        self._find_opaque()
        if raised and self.refused is None:  # the symbolic pass was too lenient: it was the first that formulas refuse
            self.refused = next((node for node in self.nodes.values() if node.doubtful), None)

    def _add(self, call: Call) -> None:
        rule, config = (
            self._of_weight(call) if isinstance(call.operation, Weight) else rule_of(call, self.network.values)
        )
        if isinstance(rule, LambdaRule) and not self._asks_functions:
            rule = None
        config = self._as_written(call, config)
        makers = tuple(self.nodes[self.producer[value]] for value in call.inputs if value in self.producer)
        node = Node(call.index, call, rule, config, call.inputs, call.outputs, makers)
        self.nodes[call.index] = node
        for value in call.inputs:
            self.consumers.setdefault(value, []).append(call.index)
        for value in call.outputs:
            self.producer.setdefault(value, call.index)

    def _of_weight(self, call: Call) -> tuple[WeightRule, Mapping[str, Any]]:
        """The rule of a weight of the user's own."""
        around = call.parent
        while around is not None and id(self.network.calls[around].operation) != call.operation.owner:
            around = self.network.calls[around].parent
        owner = None if around is None else self.network.calls[around].operation
        return WeightRule(call, owner), {"shape": call.operation.shape}

    def _look_inside(self, network: Network) -> None:
        """Finds the calls inside wrappers that a formula takes as a whole: it tells what they give as well."""
        found: dict[int | None, tuple[Node, int]] = {}
        for call in network.calls:
            node, depth = found.get(call.parent) or (self.nodes.get(-1 if call.parent is None else call.parent), 0)
            if node is None or not isinstance(node.rule, Wrapper):
                continue
            shapes = within(node.rule, node.config, tuple(self.shapes[v] for v in node.inputs), depth + 1)
            if isinstance(shapes, tuple) and all_agree(shapes, tuple(self.shapes[value] for value in call.outputs)):
                found[call.index] = node, depth + 1
                node.inside[call.index] = call.outputs, depth + 1
                self.producer.update(dict.fromkeys(call.outputs, node.index))

    def _unfollowed(self, network: Network) -> frozenset[int]:
        """What layers give inside wrappers that no formula takes as a whole: nobody tells what comes of it outside."""
        apart = {
            call.index
            for call in network.calls
            if call.index not in self.nodes
            and call.failure is None
            and keras_layers.is_builtin(call.operation)
            and not any(value in self.producer for value in call.outputs)
        }
        return frozenset(value for call in network.calls if call.parent in apart for value in call.outputs)

    def _as_written(self, call: Call, config: Mapping[str, Any]) -> Mapping[str, Any]:
        """The config with that of a wrapped pooling as it was written: strides that were not follow its window."""
        inner = config.get("layer")
        if not isinstance(inner, dict) or "pool_size" not in inner.get("config", {}):
            return config
        layer = call.operation.layer
        return {**config, "layer": {**inner, "config": configuration(layer, self.construction_of(layer))}}

    def _let_keras_judge(self) -> None:
        """Where the formula of the call that raised sees nothing wrong, Keras itself is the formula there."""
        node = self.refused
        if node is None:
            return
        if not isinstance(self.forward(node, self.inputs_of(node), node.config), Refusal):
            node.rule = LayerRule(node.call) if node.rule is None else KerasFallback(node.rule, node.call)
            self._known.clear()

    def _find_opaque(self) -> None:
        for node in self.nodes.values():
            if node is self.refused or node.comes_in:
                continue
            seen = tuple(self.shapes[v] for v in node.outputs)
            computed = self.forward(node, tuple(self.shapes[v] for v in node.inputs), node.config)
            node.doubtful = isinstance(computed, Refusal)
            known = isinstance(computed, tuple) and all_agree(computed, seen)
            node.opaque = not node.doubtful and not known

    def forward(
        self, node: Node, inputs: tuple[Shape, ...], config: Mapping[str, Any]
    ) -> tuple[Shape, ...] | Refusal | None:
        """The output shapes for these inputs, a refusal, or `None` where no rule knows."""
        if node.rule is None:
            return None
        if config is not node.config:
            return node.rule.forward(config, inputs)
        key = (node.index, inputs)
        if key not in self._known:
            self._known[key] = node.rule.forward(config, inputs)
        return self._known[key]

    def call(self, index: int) -> Call:
        """The call of this index: one of the network, or the data that it takes."""
        return self.nodes[index].call if index in self.nodes else self.network.calls[index]

    @property
    def refused_call(self) -> int | None:
        """The index of the call that Keras refused."""
        return None if self.refused is None else self.refused.index

    def after(self, patch: Patch, scenario: Scenario) -> Graph:
        """The same graph with a change in place: `scenario` is what it leads to."""
        changed = copy(self)
        changed.repaired, changed.base = patch, scenario
        return changed

    def config_of(self, node: Node) -> Mapping[str, Any]:
        """The config of a node, with what is repaired."""
        return self.repaired.configs.get(node.index, node.config)

    def inputs_of(self, node: Node, scenario: Scenario | None = None) -> tuple[Shape, ...]:
        """The shapes that enter a node, in this scenario or as they are."""
        scenario = scenario or self.base
        if scenario is None:
            return tuple(self.shapes[v] for v in node.inputs)
        return tuple(scenario.shapes.get(v, self.shapes[v]) for v in node.inputs if v not in scenario.removed_outputs)

    def outputs_of(self, node: Node) -> tuple[Shape, ...]:
        """The observed output shapes of a node; empty where it raised."""
        return tuple(self.shapes[v] for v in node.outputs)

    def between(self, start: int, end: int) -> list[Node]:
        """The nodes on the ways from `start` to `end`, both included, in call order."""
        if start not in self._downstream:
            self._downstream[start] = frozenset(_reachable(start, self._consumers_of))
        return [self.nodes[i] for i in sorted(self._downstream[start] & self.nodes[end].upstream)]

    def takes_weights(self, node: Node) -> bool:
        """Whether a tensor comes in that no call of the network made and the model was not given: a weight, noise.

        On JAX and PyTorch a weight stands among the arguments as it is.
        """
        leaves = keras.tree.flatten((node.call.args, dict(node.call.kwargs)))
        if any(hasattr(leaf, "shape") and hasattr(leaf, "dtype") for leaf in leaves):
            return True
        return any(value not in self.producer and value not in self.network.inputs for value in node.inputs)

    def meets_weight(self, node: Node) -> bool:
        """Whether a weight is among what comes in: the batch is on axis 0 of the others alone."""
        return self.takes_weights(node) or any(map(self.is_of_weights, node.inputs))

    def is_of_weights(self, value: int) -> bool:
        """Whether a tensor is a weight, or made of weights alone."""
        maker = self.nodes.get(self.producer.get(value, -1))
        if maker is None or isinstance(maker.call.operation, Weight):
            return maker is not None
        is_operation = not isinstance(maker.call.operation, keras_layers.Layer)
        return is_operation and bool(maker.inputs) and all(map(self.is_of_weights, maker.inputs))

    def holds_samples(self, node: Node) -> bool:
        """Whether what a node gives comes of what the model is given: no weight does, nor what is made of numbers."""
        if not self._of_samples:
            for index, each in self.nodes.items():
                follows = any(maker.index in self._of_samples for maker in each.makers)
                if each.comes_in or (follows and not isinstance(each.call.operation, Weight)):
                    self._of_samples.add(index)
        is_weight = isinstance(node.call.operation, Weight)
        return not is_weight and (node.index in self._of_samples or not self._of_samples)

    def source_of(self, value: int) -> Node | None:
        """The node that gives a value its shape: its maker, behind layers that keep the shape of what they take."""
        node = self.nodes.get(self.producer.get(value, -1))
        while node is not None and node.inputs and self.inputs_of(node)[:1] == self.outputs_of(node)[:1]:
            node = self.nodes.get(self.producer.get(node.inputs[0], -1))
        return node

    def _consumers_of(self, index: int) -> Iterable[int]:
        return (consumer for value in self.nodes[index].outputs for consumer in self.consumers.get(value, ()))


def _reachable(start: T, following: Callable[[T], Iterable[T]]) -> set[T]:
    """What can be reached from `start`, itself included."""
    found, waiting = {start}, [start]
    while waiting:
        new = [each for each in following(waiting.pop()) if each not in found]
        found.update(new)
        waiting += new
    return found


def _leaves(network: Network) -> list[Call]:
    """The calls that together are the whole pass: containers that were entered give way to what is inside them."""
    inner: dict[int, list[Call]] = {}
    for call in network.calls:
        if call.parent is not None:
            inner.setdefault(call.parent, []).append(call)
    leaves: list[Call] = []

    def visit(call: Call) -> None:
        children = inner.get(call.index, [])
        if children and not _is_unit(call):
            for child in children:
                visit(child)
        else:
            leaves.append(call)

    for call in network.calls:
        if call.parent is None:
            visit(call)
    return leaves


def _is_unit(call: Call) -> bool:
    """Whether the search takes a call as a whole although calls inside it were seen, as in Bidirectional."""
    is_entered = isinstance(call.operation, OwnStep | keras.layers.Lambda) or has_own_cell(call.operation)
    return not is_entered and (not isinstance(call.operation, keras_layers.Layer) or rule_of(call)[0] is not None)
