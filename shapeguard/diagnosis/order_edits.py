"""The tensors of a call in another order, as an edit of the user's source and in words."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.diagnosis.argument_text import quoted
from shapeguard.diagnosis.call_repairs import roles_of
from shapeguard.diagnosis.scenarios import refused_value
from shapeguard.diagnosis.written_calls import WrittenCall
from shapeguard.diagnosis.written_layers import places_of
from shapeguard.records.findings import Edit
from shapeguard.source.literals import Code
from shapeguard.source.statement_edits import replaced
from shapeguard.source.tensor_order import exchange

if TYPE_CHECKING:
    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.call_repairs import ReorderInputs
    from shapeguard.diagnosis.graph import Node
    from shapeguard.diagnosis.scenarios import Scenario
    from shapeguard.records.network import Shape
    from shapeguard.records.source import Construction
    from shapeguard.source.tensor_order import Exchange


def edit_of_order(analysis: Analysis, repair: ReorderInputs) -> Edit:
    """The edit that exchanges the tensors; without a place where no one expression in the source makes the calls."""
    node, construction = analysis.graph.nodes[repair.nodes[0]], analysis.graph.nodes[repair.nodes[0]].construction
    names = tuple(dict.fromkeys(analysis.graph.nodes[index].call.layer for index in repair.nodes))
    edit = Edit(
        layer=node.call.layer,
        argument=repair.argument,
        value=None,
        suggestion=repair.suggestion,
        layer_type=node.call.layer_type,
        layers=names,
        span_layers=names,
        explicit=True,
    )
    written = WrittenCall.of(analysis, node)
    change = None if written is None else _change(written, node, repair)
    if written is None or change is None:
        return edit
    return replace(
        edit,
        value=Code(change.now),
        suggestion=Code(change.then),
        span=change.span,
        replaces=change.span,
        replacement=change.then,
        corrected=replaced(written.source, written.expression, change.span, change.then).text,
        callers=construction.callers if construction is not None and _makes(written, construction) else (),
    )


def _change(written: WrittenCall, node: Node, repair: ReorderInputs) -> Exchange | None:
    """The exchange in the source; `None` where the expression makes other calls than those of the repair."""
    if set(written.nodes) != set(repair.nodes):
        return None
    arguments = [argument for argument, _ in places_of(node.call)]
    return exchange(written.source, written.expression, arguments, repair.order)


def _makes(written: WrittenCall, construction: Construction) -> bool:
    """Whether the constructor call is written in the expression as well, so that it has the same callers."""
    inside = [each for each in ast.walk(written.expression) if isinstance(each, ast.expr)]
    return any(written.source.span(each) == construction.call for each in inside)


def order_texts(analysis: Analysis, repair: ReorderInputs, scenario: Scenario) -> tuple[str, str, str, str]:
    """Title, label, explanation and note of a fix."""
    graph, node = analysis.graph, analysis.graph.nodes[repair.nodes[0]]
    inputs, roles = graph.inputs_of(node), roles_of(node.call)
    moved = [place for place, index in enumerate(repair.order) if place != index]
    which = "the other" if len(roles) == 2 or len(inputs) == 2 else "the wrong"
    then = tuple(inputs[place] for place in repair.order)
    outputs = (analysis.constraints.shape(node.outputs[0] if node.outputs else refused_value(node.index), scenario),)
    lines = (
        f"as written:  {_as_text(roles, inputs)} -> {graph.outputs_of(node)[0] if node.outputs else 'refused'}",
        f"exchanged:   {_as_text(roles, then)} -> {outputs[0]}",
    )
    label = f"{' and '.join(roles[place] for place in moved)} exchanged" if len(moved) == 2 else "these tensors"
    return (
        f"the tensors of {quoted(node.call.layer)} are in {which} order",
        label,
        "\n".join(lines),
        "exchange the tensors",
    )


def _as_text(roles: tuple[str, ...], shapes: tuple[Shape, ...]) -> str:
    return ", ".join(f"{role} {shape}" for role, shape in zip(roles, shapes, strict=False))
