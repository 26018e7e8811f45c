"""Arguments that are calculated where they are written: `ops.reshape(x, (-1, h * s, w * s))`, `Dense(2 * k + 1)`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.diagnosis.repairs import ChangeArguments, parts_of
from shapeguard.diagnosis.written_numbers import written_for
from shapeguard.diagnosis.written_shapes import written_shape
from shapeguard.records.source import OperationName
from shapeguard.source import reading, trees
from shapeguard.source.literals import Code

if TYPE_CHECKING:
    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.graph import Graph
    from shapeguard.diagnosis.repairs import Repair
    from shapeguard.records.source import Argument, Construction, Span

_WRITTEN = (ast.Constant, ast.Tuple, ast.List, ast.UnaryOp, ast.BinOp, ast.Slice, ast.operator, ast.unaryop, ast.Load)


def is_over_calculation(repair: Repair, graph: Graph) -> bool:
    """Whether numbers would be written over a calculation, which follows sizes that numbers do not."""
    return graph.network.batches is None and any(
        not _is_written_out(argument.span) and written_shape(graph.nodes[part.nodes[0]], part.suggestion) is None
        for part in parts_of(repair)
        if isinstance(part, ChangeArguments)
        for made in [graph.nodes[part.nodes[0]].construction]
        if made is not None and isinstance(made.layer, OperationName)
        for argument in made.arguments
        if argument.name == part.argument and argument.span is not None
    )


def is_number_over_calculation(analysis: Analysis, repair: Repair) -> bool:
    """Whether a number would be written over a calculation of a layer's argument, and no other text is that number."""
    return any(
        _is_calculation(argument)
        and not isinstance(
            written_for(analysis.homes, part.nodes, part.change.inner, part.argument, part.suggestion), Code
        )
        for part in parts_of(repair)
        if isinstance(part, ChangeArguments)
        for argument in _arguments_of(analysis.graph.nodes[part.nodes[0]].construction)
        if argument.name == part.argument
    )


def leaves_calculation(repair: Repair, graph: Graph) -> bool:
    """Whether the operation that was refused calculates its arguments itself, and something else would change.

    What these might be instead was not worked out: the slip may as well be in them.
    """
    node = graph.refused
    made = None if node is None else node.construction
    if node is None or made is None or not isinstance(made.layer, OperationName):
        return False
    if graph.network.batches is not None:
        return False
    changed = {index for part in parts_of(repair) for index in part.nodes}
    return changed.isdisjoint(graph.same_layer[node.call.identity]) and any(map(_is_calculation, made.arguments))


def _arguments_of(made: Construction | None) -> tuple[Argument, ...]:
    return () if made is None else made.arguments


def _is_calculation(argument: Argument) -> bool:
    """Whether names are calculated with where an argument is written."""
    source = None if argument.span is None else trees.source_of(argument.span.file)
    value = None if source is None or argument.span is None else _value_in(source.text(argument.span))
    inside = () if value is None else tuple(ast.walk(value))
    return any(isinstance(each, ast.BinOp) for each in inside) and not all(isinstance(x, _WRITTEN) for x in inside)


def _is_written_out(span: Span | None) -> bool:
    """Whether what is written there is a literal; so is what cannot be read."""
    source = None if span is None else trees.source_of(span.file)
    if source is None or span is None:
        return True
    value = _value_in(source.text(span))
    return value is None or all(isinstance(each, _WRITTEN) for each in ast.walk(value))


def _value_in(text: str) -> ast.expr | None:
    """The value in `axis=1`, in what stands in the brackets of an index, or in an expression by itself."""
    expression, call = reading.expression_of(text), reading.expression_of(f"dict({text})")
    if expression is not None:
        return expression
    if isinstance(call, ast.Call) and call.keywords:
        return call.keywords[0].value
    index = reading.expression_of(f"x[{text}]")
    return index.slice if isinstance(index, ast.Subscript) else None
