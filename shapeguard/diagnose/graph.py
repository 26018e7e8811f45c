"""The network as the search sees it: nodes with a shape rule each, and what-if propagation between them."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shapeguard import _keras
from shapeguard.diagnose.functions import Deferring, LayerRule, OperationRule
from shapeguard.diagnose.rules import Refusal, configuration, rule_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from shapeguard.diagnose.rules import Rule

    AnyRule = Rule | OperationRule | Deferring
    from shapeguard.records import Call, Construction, Network, Shape


@dataclass(slots=True)
class Node:
    """One call whose output shapes follow from its input shapes.

    `index` is the call's index in the network. `upstream` holds the indices of all nodes it depends on, itself
    included. `opaque`: no formula explains what was observed, so its outputs are only known for the observed inputs.
    `doubtful`: the symbolic pass let it through, but its formula says that Keras refuses real tensors.
    """

    index: int
    call: Call
    rule: AnyRule | None
    config: Mapping[str, Any]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    upstream: frozenset[int] = frozenset()
    opaque: bool = False
    doubtful: bool = False

    @property
    def construction(self) -> Construction | None:
        """The constructor call that made the layer, where it is known."""
        return self.call.construction

    @property
    def is_input(self) -> bool:
        """Whether this is an input of the model rather than a layer's call."""
        return self.call.layer_type == "InputLayer"


@dataclass(frozen=True, slots=True)
class Repair:
    """Changes of a network: other configs of nodes, other shapes of values, layers put in front of nodes."""

    configs: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    values: Mapping[int, Shape] = field(default_factory=dict)
    inserted: Mapping[int, Any] = field(default_factory=dict)

    def with_(self, other: Any) -> Repair:
        """Both repairs together."""
        return Repair(
            {**self.configs, **other.configs}, {**self.values, **other.values}, {**self.inserted, **other.inserted}
        )


@dataclass(slots=True)
class World:
    """What would be, after some changes: the shapes that differ from the observed ones.

    `refusal` is the first node that Keras would refuse, with the reason. `unknown` are values behind an opaque node,
    `tear` the last refusal that was stepped over. `dropped` outputs that a layer would no longer have, `through` opaque nodes whose inputs would change.
    """

    shapes: dict[int, Shape] = field(default_factory=dict)
    refusal: tuple[int, Refusal] | None = None
    tear: tuple[int, Refusal] | None = None
    unknown: set[int] = field(default_factory=set)
    dropped: set[int] = field(default_factory=set)
    through: set[int] = field(default_factory=set)



class Graph:
    """Nodes in call order, with the observed shapes.

    `crashed` is the node that Keras refused, `None` where the pass came to its end.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.shapes: dict[int, Shape] = {i: value.shape for i, value in enumerate(network.values)}
        self.nodes: dict[int, Node] = {}
        self.consumers: dict[int, list[int]] = {}
        self.producer: dict[int, int] = {}
        for call in _leaves(network):
            self._add(call)
        self.same_layer: dict[int, list[int]] = {}
        for index, node in self.nodes.items():
            self.same_layer.setdefault(id(node.call.operation), []).append(index)
        self.settled = Repair()
        self.base: World | None = None
        self.crashed = self._crash()
        self._let_keras_judge()
        self._find_opaque()

    def _add(self, call: Call) -> None:
        rule, config = _rule_of(call)
        upstream = {call.index}
        for value in call.inputs:
            maker = self.producer.get(value)
            if maker is not None:
                upstream |= self.nodes[maker].upstream
        node = Node(call.index, call, rule, config, call.inputs, call.outputs, frozenset(upstream))
        self.nodes[call.index] = node
        for value in call.inputs:
            self.consumers.setdefault(value, []).append(call.index)
        for value in call.outputs:
            self.producer.setdefault(value, call.index)

    def _crash(self) -> int | None:
        failed = [index for index, node in self.nodes.items() if node.call.failure is not None]
        return failed[-1] if failed else None

    def _let_keras_judge(self) -> None:
        """Where the formula of the call that raised sees nothing wrong, Keras itself is the formula there."""
        if self.crashed is None:
            return
        node = self.nodes[self.crashed]
        if not isinstance(self.forward(node, self.inputs_of(node), node.config), Refusal):
            node.rule = LayerRule(node.call) if node.rule is None else Deferring(node.rule, node.call)

    def _find_opaque(self) -> None:
        for node in self.nodes.values():
            if node.index == self.crashed or node.is_input:
                continue
            seen = tuple(self.shapes[v] for v in node.outputs)
            computed = self.forward(node, tuple(self.shapes[v] for v in node.inputs), node.config)
            node.doubtful = isinstance(computed, Refusal)
            node.opaque = not node.doubtful and (computed is None or not _agree(computed, seen))

    def doubt(self) -> None:
        """Takes the first call that formulas refuse for the one that raised: the symbolic pass was too lenient."""
        if self.crashed is None:
            self.crashed = next((index for index, node in self.nodes.items() if node.doubtful), None)

    def forward(
        self, node: Node, inputs: tuple[Shape, ...], config: Mapping[str, Any]
    ) -> tuple[Shape, ...] | Refusal | None:
        """The output shapes for these inputs, a refusal, or `None` where no rule knows."""
        if node.rule is None:
            return None
        return node.rule.forward(config, inputs)

    def settle(self, repair: Repair) -> None:
        """From now on every world has these changes: a first fault is taken as repaired while the next is sought."""
        self.settled = repair
        self.base = self.propagate(stops=False) if repair.configs or repair.values or repair.inserted else None

    def config_of(self, node: Node) -> Mapping[str, Any]:
        """The config of a node, with what is settled."""
        return self.settled.configs.get(node.index, node.config)

    def inputs_of(self, node: Node, world: World | None = None) -> tuple[Shape, ...]:
        """The shapes that enter a node, in this world or as observed (and assumed)."""
        world = world or self.base
        if world is None:
            return tuple(self.shapes[v] for v in node.inputs)
        return tuple(world.shapes.get(v, self.shapes[v]) for v in node.inputs if v not in world.dropped)

    def outputs_of(self, node: Node) -> tuple[Shape, ...]:
        """The observed output shapes of a node; empty where it raised."""
        return tuple(self.shapes[v] for v in node.outputs)

    def propagate(
        self,
        configs: Mapping[int, Mapping[str, Any]] | None = None,
        values: Mapping[int, Shape] | None = None,
        inserted: Mapping[int, Any] | None = None,
        *,
        stops: bool = True,
    ) -> World:
        """The world in which nodes have other configs, or values other shapes, on top of what is settled.

        `inserted` maps a node to a function on its input shapes: a layer put in front of it, or the like. Where Keras
        would refuse a call the world ends; without `stops` only what depends on that call is unknown.
        """
        world = World()
        configs = {**self.settled.configs, **(configs or {})}
        inserted = {**self.settled.inserted, **(inserted or {})}
        agenda = [*configs, *inserted]
        fixed = {**self.settled.values, **(values or {})}
        for value, shape in fixed.items():
            if shape != self.shapes.get(value):
                world.shapes[value] = shape
                agenda.extend(self.consumers.get(value, ()))
        if self.crashed is not None:
            agenda.append(self.crashed)
        heapq.heapify(agenda)
        done: set[int] = set()
        while agenda:
            index = heapq.heappop(agenda)
            if index in done:
                continue
            done.add(index)
            changed = self._step(self.nodes[index], world, configs.get(index), inserted.get(index), fixed)
            if world.refusal is not None:
                if stops:
                    return world
                world.refusal = None
                changed = self._lose(self.nodes[index], world)
            for value in changed:
                for consumer in self.consumers.get(value, ()):
                    if consumer not in done:
                        heapq.heappush(agenda, consumer)
        return world

    def _step(
        self, node: Node, world: World, config: Mapping[str, Any] | None, insert: Any, fixed: Mapping[int, Shape]
    ) -> list[int]:
        inputs = self.inputs_of(node, world)
        if any(v in world.unknown for v in node.inputs):
            return self._lose(node, world)
        if insert is not None:
            inputs = insert(inputs)
            if isinstance(inputs, Refusal):
                world.refusal = (node.index, inputs)
                return []
        if node.opaque and inputs != tuple(self.shapes[v] for v in node.inputs):
            world.through.add(node.index)
            return self._lose(node, world)
        computed = self.forward(node, inputs, node.config if config is None else config)
        if isinstance(computed, Refusal):
            if node.doubtful and node.index != self.crashed:
                return self._lose(node, world)
            world.refusal = world.tear = (node.index, computed)
            return []
        if computed is None:
            world.through.add(node.index)
            return self._lose(node, world)
        if node.index == self.crashed and not node.outputs:
            world.shapes.update(_crash_values(node, computed))
            return []
        if len(computed) != len(node.outputs):
            return self._restructured(node, computed, world, fixed)
        changed = []
        for value, shape in zip(node.outputs, computed, strict=True):
            if value not in fixed and shape != self.shapes[value]:
                world.shapes[value] = shape
                changed.append(value)
        return changed

    def _restructured(
        self, node: Node, computed: tuple[Shape, ...], world: World, fixed: Mapping[int, Shape]
    ) -> list[int]:
        """Another number of outputs: whoever took a missing one, or the whole list as one input, cannot be known."""
        takes_all = all(
            len(self.nodes[c].inputs) == len(node.outputs) for v in node.outputs for c in self.consumers.get(v, ())
        )
        used = {c for v in node.outputs for c in self.consumers.get(v, ())}
        if used and not takes_all:
            world.refusal = (node.index, Refusal("another number of outputs"))
            return []
        if len(computed) > len(node.outputs):
            world.refusal = (node.index, Refusal("more outputs than the network takes"))
            return []
        world.dropped.update(node.outputs[len(computed) :])
        world.shapes.update((v, shape) for v, shape in zip(node.outputs, computed, strict=False) if v not in fixed)
        return list(node.outputs[: len(computed)])

    def _lose(self, node: Node, world: World) -> list[int]:
        new = [v for v in node.outputs if v not in world.unknown]
        world.unknown.update(new)
        return new

    def between(self, start: int, end: int) -> list[Node]:
        """The nodes on the ways from `start` to `end`, both included, in call order."""
        return [node for node in self.nodes.values() if start in node.upstream and node.index in self.nodes[end].upstream]


def _crash_values(node: Node, computed: tuple[Shape, ...]) -> dict[int, Shape]:
    """The crashed node has no observed outputs: its would-be outputs get negative indices of its own."""
    return {crash_value(node.index, slot): shape for slot, shape in enumerate(computed)}


def crash_value(index: int, slot: int = 0) -> int:
    """The value that stands for an output of the call `index` that raised."""
    return -(index * 64 + slot + 1)


def _agree(computed: Iterable[Shape], seen: tuple[Shape, ...]) -> bool:
    computed = tuple(computed)
    return len(computed) == len(seen) and all(
        len(a) == len(b) and all(x is None or y is None or x == y for x, y in zip(a, b, strict=True))
        for a, b in zip(computed, seen, strict=True)
    )


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
    return _rule_of(call)[0] is not None


def _rule_of(call: Call) -> tuple[AnyRule | None, Mapping[str, Any]]:
    if not isinstance(call.operation, _keras.Layer):
        return OperationRule(call), {}
    if rule_for(type(call.operation)) is None:
        return None, {}
    try:
        config = configuration(call.operation, call.construction)
    except Exception:  # noqa: BLE001  a user's get_config may raise anything: the layer is opaque then
        return None, {}
    return rule_for(type(call.operation), config), config
