"""Other arguments of layers: solved for the outputs that are required, and drawn from the values that people use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.keras_fallback import OperationRule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.layers import Change
    from shapeguard.records.network import Shape


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
