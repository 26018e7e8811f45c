"""Arguments of operations that are calculated where they are written: `ops.reshape(x, (-1, h * s, w * s))`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.diagnosis.repairs import ChangeArguments, parts_of
from shapeguard.diagnosis.written_shapes import written_shape
from shapeguard.records.source import OperationName
from shapeguard.source import reading, trees

if TYPE_CHECKING:
    from shapeguard.diagnosis.graph import Graph
    from shapeguard.diagnosis.repairs import Repair
    from shapeguard.records.source import Span

_WRITTEN = (ast.Constant, ast.Tuple, ast.List, ast.UnaryOp, ast.BinOp, ast.Slice, ast.operator, ast.unaryop, ast.Load)


def is_over_calculation(repair: Repair, graph: Graph) -> bool:
    """Whether numbers would be written over a calculation, which follows sizes that numbers do not."""
    return any(
        not _is_written_out(argument.span) and written_shape(graph.nodes[part.nodes[0]], part.suggestion) is None
        for part in parts_of(repair)
        if isinstance(part, ChangeArguments)
        for made in [graph.nodes[part.nodes[0]].construction]
        if made is not None and isinstance(made.layer, OperationName)
        for argument in made.arguments
        if argument.name == part.argument and argument.span is not None
    )


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
