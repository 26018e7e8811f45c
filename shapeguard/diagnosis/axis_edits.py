"""An axis more or less of a call's tensor, or two exchanged, as an edit of the user's source and in words."""

from __future__ import annotations

import ast
from dataclasses import replace
from itertools import count, islice
from typing import TYPE_CHECKING

from shapeguard.diagnosis.argument_text import quoted
from shapeguard.diagnosis.scenarios import refused_value
from shapeguard.diagnosis.written_calls import WrittenCall
from shapeguard.diagnosis.written_layers import places_of
from shapeguard.layers import Refusal
from shapeguard.records.findings import Edit
from shapeguard.records.source import OperationName
from shapeguard.source import trees
from shapeguard.source.layer_edits import ATOMS, tensor_of
from shapeguard.source.literals import Code
from shapeguard.source.statement_edits import replaced

if TYPE_CHECKING:
    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.axis_repairs import IndexInput
    from shapeguard.diagnosis.graph import Node
    from shapeguard.diagnosis.scenarios import Scenario
    from shapeguard.records.network import Shape
    from shapeguard.records.source import Span


def edit_of_axis(analysis: Analysis, repair: IndexInput) -> Edit:
    """The edit that changes the tensor; without a place where no one expression in the source is that tensor."""
    node = analysis.graph.nodes[repair.nodes[0]]
    edit = Edit(
        layer=node.call.layer,
        argument=repair.argument,
        value=None,
        suggestion=repair.suggestion,
        layer_type=node.call.layer_type,
        layers=(node.call.layer,),
        span_layers=(node.call.layer,),
    )
    written = WrittenCall.of(analysis, node)
    tensor = (
        None if written is None or set(written.nodes) != set(repair.nodes) else tensor_at(written, node, repair.slot)
    )
    if tensor is None:
        written = _made_for(analysis, node, repair.slot)
        tensor = None if written is None else written.expression
    if written is None or tensor is None:
        return edit
    span = written.source.span(tensor)
    text = written.source.text(span)
    then = repair.written(text, is_name=isinstance(tensor, ATOMS))
    return replace(
        edit,
        suggestion=Code(then),
        span=span,
        replaces=span,
        replacement=then,
        corrected=replaced(written.source, written.expression, span, then).text,
        callers=() if node.construction is None else node.construction.callers,
    )


def _made_for(analysis: Analysis, node: Node, slot: int) -> WrittenCall | None:
    """What makes a tensor of a call, if nothing else takes it: the call may be written as a statement, as `x += y`."""
    graph = analysis.graph
    value = node.inputs[slot] if slot < len(node.inputs) else -1
    maker = graph.nodes.get(graph.producer.get(value, -1))
    is_own = maker is not None and len(graph.consumers.get(value, ())) == 1
    is_operation = maker is not None and isinstance(maker.call.layer, OperationName)
    return WrittenCall.of(analysis, maker) if maker is not None and is_own and is_operation else None


def tensor_at(written: WrittenCall, node: Node, slot: int) -> ast.expr | None:
    """The expression of one tensor of a call or an operator."""
    expression = written.expression
    if isinstance(expression, ast.BinOp):
        return (expression.left, expression.right)[slot] if len(node.inputs) == 2 else None
    places = places_of(node.call)
    if not isinstance(expression, ast.Call) or not places:
        return None
    argument = places[slot][0]
    return tensor_of(expression, _as_written(node, argument))


def _as_written(node: Node, argument: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """The argument by its position in the user's call: other arguments may stand before the tensors.

    The call of a function of the backend has its tensors by name.
    """
    first, rest = argument[0], argument[1:]
    written = () if node.construction is None else node.construction.arguments
    if isinstance(first, str):
        position = next((each.position for each in written if each.name == first), None)
        return argument if position is None else (position, *rest)
    others = {each.position for each in written}
    free = (position for position in count() if position not in others)
    return (next(islice(free, first, None)), *rest)


def axis_texts(analysis: Analysis, repair: IndexInput, scenario: Scenario, edit: Edit) -> tuple[str, str, str, str]:
    """Title, label, explanation and note of a fix."""
    graph, node = analysis.graph, analysis.graph.nodes[repair.nodes[0]]
    shapes = graph.inputs_of(node)
    given = analysis.constraints.shape(node.outputs[0] if node.outputs else refused_value(node.index), scenario)
    lines = (
        f"as written:  {_as_text(shapes)} -> {graph.outputs_of(node)[0] if node.outputs else 'refused'}",
        f"with {repair.index}:  {_as_text(repair.entering(shapes))} -> {given}",
    )
    tensor = repair.name if edit.replaces is None else _text_at(edit.replaces)
    others = ", ".join(str(shape) for slot, shape in enumerate(shapes) if slot != repair.slot)
    title = f"`{tensor}` {repair.in_words(shapes[repair.slot], others)} in {quoted(node.call.layer)}"
    return title, f"{shapes[repair.slot]}", "\n".join(lines), f"{repair.instruction}: `{edit.suggestion}`"


def _text_at(span: Span) -> str:
    source = trees.source_of(span.file)
    return "" if source is None else source.text(span)


def _as_text(shapes: tuple[Shape, ...] | Refusal) -> str:
    return str(shapes) if isinstance(shapes, Refusal) else ", ".join(map(str, shapes))
