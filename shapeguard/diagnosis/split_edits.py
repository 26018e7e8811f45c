"""A second layer for one call of a layer: a line behind the first one, and its name in the call."""

from __future__ import annotations

import ast
from itertools import count
from typing import TYPE_CHECKING

from shapeguard.diagnosis.written_calls import WrittenCall
from shapeguard.diagnosis.written_layers import WrittenLayer
from shapeguard.records.findings import Edit
from shapeguard.records.source import Correction, Span
from shapeguard.source.statement_edits import behind, indent_of, replaced
from shapeguard.source.trees import parents_in

if TYPE_CHECKING:
    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.call_repairs import SplitLayer
    from shapeguard.diagnosis.graph import Node
    from shapeguard.records.network import Shape
    from shapeguard.source.trees import Source


def edits_of_split(analysis: Analysis, repair: SplitLayer) -> list[Edit]:
    """The line that makes the second layer and the call that takes it; without places where these are not certain."""
    node = analysis.graph.nodes[repair.node]
    place, written = WrittenLayer.of(node.construction), WrittenCall.of(analysis, node)
    call = written.expression if written is not None and written.nodes == (repair.node,) else None
    statement = None if place is None else parents_in(place.source)[place.made]
    if (
        place is None
        or not isinstance(call, ast.Call)
        or not isinstance(statement, ast.Assign)
        or call.func is place.made
    ):
        return [_edit(node, repair, repair.code, None)]
    source = place.source
    name = _new_name(source, source.text(source.span(call.func)))
    line = _line_behind(source, statement, f"{name} = {repair.code}")
    renamed = replaced(source, call, source.span(call.func), name)
    if line is None:
        return [_edit(node, repair, repair.code, None)]
    return [_edit(node, repair, repair.code, line), _edit(node, repair, name, renamed)]


def _edit(node: Node, repair: SplitLayer, suggestion: str, correction: Correction | None) -> Edit:
    made = None if node.construction is None else node.construction.callee
    return Edit(
        layer=node.call.layer,
        argument=repair.argument,
        value=None,
        suggestion=suggestion,
        layer_type=node.call.layer_type,
        layers=(node.call.layer,),
        span_layers=(node.call.layer,),
        span=made if correction is None or suggestion == repair.code else correction.replaces,
        replaces=None if correction is None else correction.replaces,
        replacement=None if correction is None else correction.replacement,
        corrected=repair.code if correction is None else correction.text,
    )


def _new_name(source: Source, name: str) -> str:
    """The name with the first number behind it that nothing in the file has."""
    taken = {node.id for node in ast.walk(source.tree) if isinstance(node, ast.Name)}
    taken |= {node.attr for node in ast.walk(source.tree) if isinstance(node, ast.Attribute)}
    return next(f"{name}_{n}" for n in count(2) if f"{name}_{n}".rpartition(".")[2] not in taken)


def _line_behind(source: Source, statement: ast.Assign, text: str) -> Correction | None:
    """A line behind a statement that has its lines for itself; `None` where it has not."""
    span = source.span(statement)
    indent, rest = indent_of(source, span), behind(source, span)
    if indent is None or rest.lstrip()[:1] not in {"", "#"} or not rest.endswith("\n"):
        return None
    start = Span(span.file, span.end_line + 1, 0, span.end_line + 1, 0)
    return Correction(text, start, f"{indent}{text}\n")


def split_texts(analysis: Analysis, repair: SplitLayer) -> tuple[str, str, str, str]:
    """Title, label, explanation and note of a fix."""
    graph, node = analysis.graph, analysis.graph.nodes[repair.node]
    first = graph.nodes[graph.same_layer[node.call.identity][0]]
    taken, refused = graph.inputs_of(first)[0], graph.inputs_of(node)[0]
    sizes = _sizes(taken, refused)
    lines = (
        f"call {first.call.number}:  {taken} -> {graph.outputs_of(first)[0]}, which makes its weights for {sizes[0]}",
        f"call {node.call.number}:  {refused} is refused: the weights are not made for {sizes[1]}",
    )
    title = f"layer '{node.call.layer}' serves two sizes, {sizes[0]} and {sizes[1]}"
    label = f"built for {sizes[0]}, called with {sizes[1]}"
    return title, label, "\n".join(lines), f"make a second layer for call {node.call.number}"


def _sizes(taken: Shape, refused: Shape) -> tuple[object, object]:
    """The sizes in which two shapes differ, the last axis first; the shapes if their ranks differ."""
    differing = [pair for pair in zip(taken, refused, strict=False) if pair[0] != pair[1]]
    return differing[-1] if len(taken) == len(refused) and differing else (taken, refused)
