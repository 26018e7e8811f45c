"""A layer that is called on all that another one gives, and takes a single tensor: its output was meant."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.diagnosis.argument_text import quoted
from shapeguard.diagnosis.written_calls import WrittenCall
from shapeguard.records.findings import Cause, Edit
from shapeguard.source.literals import Code
from shapeguard.source.statement_edits import replaced

if TYPE_CHECKING:
    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.graph import Node

PROOF = "what comes behind was not asked"


def with_first_output(analysis: Analysis, causes: tuple[Cause, ...]) -> tuple[Cause, ...]:
    """The causes behind that of the first output where all were handed on; nothing is sure beside it.

    Whoever asked a layer for its states wants them somewhere.
    """
    node = analysis.graph.refused
    maker = None if node is None else _maker_of_all(analysis, node)
    written = None if node is None or maker is None else WrittenCall.of(analysis, node)
    edit = None if node is None or written is None else _edit(node, written)
    if maker is None or edit is None:
        return causes
    count = len(maker.outputs)
    title = f"`{edit.value}` -> `{edit.suggestion}`: {quoted(maker.call.layer)} gives {count} tensors, the output first"
    first = Cause("inputs", (edit,), title=title, label=f"{count} tensors", proof=PROOF)
    return (first, *(replace(each, confidence="possible") for each in causes))


def _maker_of_all(analysis: Analysis, node: Node) -> Node | None:
    """The call whose outputs are just what a call was refused that would take the first of them."""
    graph = analysis.graph
    first = graph.producer.get(node.inputs[0]) if len(node.inputs) > 1 else None
    maker = None if first is None else graph.nodes[first]
    if maker is None or node.inputs != maker.outputs:
        return None
    takes_one = isinstance(graph.forward(node, (graph.shapes[node.inputs[0]],), node.config), tuple)
    return maker if takes_one else None


def _edit(node: Node, written: WrittenCall) -> Edit | None:
    call = written.expression
    if not isinstance(call, ast.Call) or not call.args or not isinstance(call.args[0], ast.Name):
        return None
    span = written.source.span(call.args[0])
    text = f"{written.source.text(span)}[0]"
    return Edit(
        layer=node.call.layer,
        argument="inputs",
        value=Code(written.source.text(span)),
        suggestion=Code(text),
        layer_type=node.call.layer_type,
        explicit=True,
        span=span,
        replaces=span,
        replacement=text,
        corrected=replaced(written.source, call, span, text).text,
    )
