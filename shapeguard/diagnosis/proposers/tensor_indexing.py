"""`x[0]` of a symbolic tensor: its first sample, where the first of several tensors was meant."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.diagnosis.scenarios import Patch
from shapeguard.diagnosis.what_if import propagate
from shapeguard.records.findings import Cause, Edit

if TYPE_CHECKING:
    from shapeguard.diagnosis.graph import Graph, Node

TAKES = "GetItem"
"""The operation behind `x[0]` of a KerasTensor, 3.0 to 3.15, ops/numpy.py."""


def with_indexing(graph: Graph, end: int | None, causes: tuple[Cause, ...]) -> tuple[Cause, ...]:
    """The causes, with a sample that is taken on the way to call `end` before them; nothing is sure beside it."""
    found = next((node for node in _taken(graph, end) if _would_do(graph, node)), None)
    if found is None:
        return causes
    return (_cause(graph, found), *(replace(cause, confidence="possible") for cause in causes))


def _taken(graph: Graph, end: int | None) -> list[Node]:
    """Where one sample is taken of a batch, before call `end`."""
    upstream = graph.nodes[end].upstream if end in graph.nodes else ()
    nodes = [graph.nodes[index] for index in sorted(upstream)]
    batches = {graph.shapes[value][:1] for value in graph.network.inputs}
    return [
        node
        for node in nodes
        if node.call.layer_type == TAKES
        and len(node.call.args) > 1
        and type(node.call.args[1]) is int
        and graph.shapes[node.inputs[0]][:1] in batches
    ]


def _would_do(graph: Graph, node: Node) -> bool:
    """Whether Keras refuses nothing where the whole batch is passed on."""
    patch = Patch(replaced={node.index: lambda inputs: inputs[:1]})
    return propagate(graph, patch).refusal is None


def _cause(graph: Graph, node: Node) -> Cause:
    value, key = node.inputs[0], node.call.args[1]
    whole = next((call.layer for call in graph.network.calls if value in call.outputs), "")
    which = "the first sample" if key == 0 else f"sample {key}"
    edit = Edit(node.call.layer, "remove", None, None, TAKES, (node.call.layer,), (node.call.layer,))
    return Cause(
        kind="structure",
        edits=(edit,),
        title=f"`[{key}]` selects {which} of '{whole}', which returns one tensor {graph.shapes[value]}, not a tuple",
        fix_note=f"remove `[{key}]`",
        proof="the shapes then match",
    )
