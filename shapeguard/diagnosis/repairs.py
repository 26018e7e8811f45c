"""What may be changed: arguments of one layer, of all layers of one source span, inputs, and the structure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from shapeguard.diagnosis.keras_fallback import OperationRule
from shapeguard.layers import with_change
from shapeguard.source import reading

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.diagnosis.layer_specs import LayerSpec
    from shapeguard.diagnosis.what_if import Scenario
    from shapeguard.layers import Change
    from shapeguard.records.network import Call, Shape
    from shapeguard.records.source import Construction, Span

Kind = Literal["argument", "data", "structure"]

NEAREST = 64
"""Siblings that are listened to: a network may have thousands."""


@dataclass(slots=True)
class Repair:
    """A change of the program, and the world that it makes.

    `nodes` are the calls whose layer it changes, one a layer; `span_nodes` all that the same source span makes.
    `argument` and `suggestion` name the first change. `builds`: Keras took it as far as the pass goes; `verified`: and
    nothing that was expected is left open. `configs`, `values`, `inserted` and `instead` are what it changes, as in
    a `Patch`. `made` is a layer that is put in: before `nodes`, each at the input of that number in `slots`, or
    instead of one.
    """

    kind: Kind
    argument: str
    suggestion: object
    nodes: tuple[int, ...]
    change: Change | None = None
    span_nodes: tuple[int, ...] = ()
    configs: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    values: Mapping[int, Shape] = field(default_factory=dict)
    inserted: Mapping[int, Any] = field(default_factory=dict)
    instead: Mapping[int, Any] = field(default_factory=dict)
    cost: float = 0
    scenario: Scenario | None = None
    more: tuple[Repair, ...] = ()
    note: str = ""
    builds: bool = False
    verified: bool = False
    application: Call | None = None
    made: LayerSpec | None = None
    slots: tuple[int, ...] = ()

    @property
    def is_guessed(self) -> bool:
        """Whether it puts in a layer with sizes that nobody can know."""
        return self.made is not None and self.made.is_guessed

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two candidates the same blame: the layers and the arguments, whatever the value.

        Another layer to put in is a blame of its own.
        """
        names = self.change.arguments if self.change is not None else ((self.argument, None),)
        nodes = self.nodes if self.application is None else (self.application.index,)
        inner = self.change.inner if self.change else ()
        layer = self.suggestion if self.argument in ("insert_before", "replace") else None
        own = (self.kind, nodes, tuple(name for name, _ in names), inner, layer)
        return (own, *(other.key for other in self.more))

    def is_beside(self, other: Repair) -> bool:
        """Whether both put a layer into the same place: the fault is the same, whichever layer is meant."""
        mine, theirs = (self.argument, self.nodes, self.slots), (other.argument, other.nodes, other.slots)
        return self.argument == "insert_before" and mine == theirs


class LayerGroups:
    """Which layers of the network belong together: by the source span of their constructor call, and by class."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.by_span: dict[tuple[Span, str], list[int]] = {}
        self.by_class: dict[str, list[int]] = {}
        self._by_variable: dict[str, dict[int, tuple[tuple[int, ...], ...]]] = {}
        for nodes in graph.same_layer.values():
            node = graph.nodes[nodes[0]]
            if isinstance(node.rule, OperationRule):
                continue
            self.by_class.setdefault(node.call.layer_type, []).append(node.index)
            made = node.construction
            if made is not None and made.call is not None and not made.indirect:
                self.by_span.setdefault((made.call, made.layer_type), []).append(node.index)

    def of_span(self, node: Node) -> tuple[int, ...]:
        """One call of each layer that the same source span makes, this one included."""
        made = node.construction
        if made is None or made.call is None or made.indirect:
            return (node.index,)
        return tuple(self.by_span.get((made.call, made.layer_type), (node.index,)))

    def of_variable(self, node: Node, name: str) -> tuple[tuple[int, ...], ...]:
        """One call of each layer whose argument was written with the same variable and has the same value.

        All in the file, and of these the layers of one call of the helper that holds the variable.
        """
        if name not in self._by_variable:
            self._by_variable[name] = self._grouped_by_variable(name)
        return self._by_variable[name].get(node.index, ((node.index,),))

    def _grouped_by_variable(self, name: str) -> dict[int, tuple[tuple[int, ...], ...]]:
        groups: dict[tuple[object, ...], list[int]] = {}
        for indices in self.by_class.values():
            for index in indices:
                node = self.graph.nodes[index]
                variable = variable_of(node.construction, name)
                if variable is not None and node.construction is not None:
                    key = (*variable, repr(node.config.get(name)))
                    groups.setdefault(key, []).append(index)
                    groups.setdefault((*key, node.construction.callers), []).append(index)
        found: dict[int, list[tuple[int, ...]]] = {}
        for group in groups.values():
            for index in group:
                found.setdefault(index, []).append(tuple(sorted(group)))
        return {index: tuple(dict.fromkeys(of_index)) for index, of_index in found.items()}

    def with_data_format(self, value: object) -> tuple[int, ...]:
        """One call of each layer, of any class, that has this `data_format`."""
        firsts = [nodes[0] for nodes in self.graph.same_layer.values()]
        return tuple(i for i in firsts if self.graph.nodes[i].config.get("data_format") == value)

    def beside(self, node: Node, own: Container[int]) -> list[Node]:
        """The layers of the same class that are nearest in the order of calls, those in `own` left out."""
        others = [index for index in self.of_class(node) if index not in own]
        if len(others) > NEAREST:
            others = sorted(sorted(others, key=lambda index: abs(index - node.index))[:NEAREST])
        return [self.graph.nodes[index] for index in others]

    def of_class(self, node: Node) -> tuple[int, ...]:
        """One call of each layer of the same class, this one included."""
        return tuple(self.by_class.get(node.call.layer_type, (node.index,)))


def variable_of(made: Construction | None, name: str) -> tuple[str, str] | None:
    """(file, variable) where the argument was written as a bare name."""
    argument = next((a for a in made.arguments if a.name == name), None) if made is not None else None
    if argument is None or argument.span is None or argument.span.line != argument.span.end_line:
        return None
    line = reading.line_at(argument.span.file, argument.span.line)
    text = line[argument.span.column : argument.span.end_column].rpartition("=")[2].strip()
    return (argument.span.file, text) if text.isidentifier() and text not in ("True", "False", "None") else None


def value_of(config: Mapping[str, Any], change: Change, name: str) -> object:
    """What the argument is now, inside wrapped layers too."""
    inner: Any = config
    for key in change.inner:
        inner = inner[int(key)] if isinstance(inner, list | tuple) else inner.get(key)
        if isinstance(inner, dict) and "config" in inner:
            inner = inner["config"]
    return inner.get(name) if isinstance(inner, dict) else None


ATOMS = frozenset({int, str, bool, float, type(None)})


def same(a: object, b: object) -> bool:
    """Whether two argument values mean the same: 2 is (2, 2) is [2, 2]."""
    if type(a) in ATOMS and type(b) in ATOMS:
        return a == b
    return _plain(a) == _plain(b)


def _plain(value: object) -> object:
    if isinstance(value, list | tuple):
        flat = tuple(v if type(v) in ATOMS else _plain(v) for v in value)
        return flat[0] if flat and flat.count(flat[0]) == len(flat) and not isinstance(flat[0], tuple) else flat
    return value


def argument_candidate(graph: Graph, nodes: Iterable[int], change: Change, span_nodes: tuple[int, ...]) -> Repair:
    """The candidate that makes `change` in the layers of these calls, wherever they are called."""
    layers = tuple(nodes)
    configs: dict[int, Mapping[str, Any]] = {}
    for index in layers:
        for twin in graph.same_layer[id(graph.nodes[index].call.operation)]:
            configs[twin] = with_change(graph.config_of(graph.nodes[twin]), change)
    name, suggestion = change.arguments[0]
    return Repair("argument", name, suggestion, layers, change, span_nodes, configs)


def single_changes(graph: Graph, node: Node, wants: Iterable[tuple[Shape, ...]]) -> Iterator[Change]:
    """Changes of one argument of a layer: solved for each wanted output, then the grid; each value once."""
    if node.rule is None or isinstance(node.rule, OperationRule):
        return
    inputs = graph.inputs_of(node)
    seen: set[tuple[object, ...]] = set()
    for wanted in (*wants, None):
        for change in node.rule.changes(graph.config_of(node), inputs, wanted):
            key = (change.inner, repr(change.arguments))
            if key not in seen:
                seen.add(key)
                yield change


def keras_1_positional(node: Node) -> bool:
    """Whether a convolution was written as `Conv2D(32, 3, 3)`: the third positional integer equals the second."""
    made = node.construction
    if made is None:
        return False
    by_position = {a.position: a for a in made.arguments if a.position is not None}
    second, third = by_position.get(1), by_position.get(2)
    return (
        second is not None
        and third is not None
        and (second.name, third.name) == ("kernel_size", "strides")
        and isinstance(third.value, int)
        and second.value == third.value
        and third.value > 1
    )


def is_keras_1_repair(candidate: Repair, graph: Graph) -> bool:
    """The Keras 1 form `Conv2D(32, 3, 3)` in all its layers, when the suggestion is what its author meant."""
    change = candidate.change
    if change is None or change.arguments[0][0] != "strides" or not same(change.arguments[0][1], 1):
        return False
    return all(keras_1_positional(graph.nodes[index]) for index in candidate.nodes)
