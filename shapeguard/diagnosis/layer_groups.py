"""Which layers of a network belong together: made by one line, shaped by one variable, of one class."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from shapeguard.diagnosis.keras_fallback import OperationRule
from shapeguard.layers.keras1 import size_pair
from shapeguard.source import reading

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.records.source import Construction, Span

NEAREST = 64
"""Layers of a class that are compared, the nearest ones: a network may have thousands."""


class LayerGroups:
    """Which layers of the network belong together: by the source span of their constructor call, and by class."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.by_span: dict[tuple[Span, str], list[int]] = {}
        self.by_class: dict[str, list[int]] = {}
        self._by_variable: dict[str, dict[int, tuple[tuple[int, ...], ...]]] = {}
        for nodes in graph.same_layer.values():
            node = graph.nodes[nodes[0]]
            made = node.construction
            if not isinstance(node.rule, OperationRule):
                self.by_class.setdefault(node.call.layer_type, []).append(node.index)
            if made is not None and made.call is not None and not made.indirect:
                self.by_span.setdefault((made.call, made.layer_type), []).append(node.index)

    @cached_property
    def some_written(self) -> bool:
        """Whether the user's own code made a layer, and not Keras all of them."""
        constructions = [node.construction for node in self.graph.nodes.values() if not node.is_input]
        return any(each is not None and not each.indirect for each in constructions)

    def of_span(self, node: Node) -> tuple[int, ...]:
        """One call of each layer that the same source span makes, this one included."""
        made = node.construction
        if made is None or made.call is None or made.indirect:
            return (node.index,)
        return tuple(self.by_span.get((made.call, made.layer_type), (node.index,)))

    def spans_of(self, nodes: Iterable[int]) -> frozenset[tuple[int, ...]]:
        """The layers that the lines make which make these, a line at a time."""
        return frozenset(self.of_span(self.graph.nodes[index]) for index in nodes)

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

    def nearest(self, node: Node, own: Container[int]) -> list[Node]:
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


def keras_1_positional(node: Node) -> bool:
    """Whether a convolution was written as `Conv2D(32, 3, 3)`: the third positional integer equals the second."""
    return node.construction is not None and size_pair(node.construction) is not None
