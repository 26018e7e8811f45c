"""An expression written otherwise, as an edit of the user's source and in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.rewritten_expressions import value_or_code
from shapeguard.records.findings import Edit
from shapeguard.records.source import OperationName
from shapeguard.source import trees
from shapeguard.source.literals import Code

if TYPE_CHECKING:
    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.rewritten_expressions import RewriteExpression
    from shapeguard.records.source import Span
    from shapeguard.source.trees import Source

THIS_EXPRESSION = "this expression"
"""The label beside the caret."""
LONGEST = 60
"""Characters of an expression in a title."""


def edit_of_expression(analysis: Analysis, repair: RewriteExpression) -> Edit:
    """The edit that writes it otherwise."""
    call, other = analysis.graph.nodes[repair.node].call, repair.other
    option = other.option
    name = call.layer if option is None else OperationName.at(option.function, repair.place, other.span.line)
    is_written = option is None or option.value is not None
    now: object = Code(other.now) if option is None else is_written and value_or_code(other.now)
    return Edit(
        layer=name,
        argument=repair.argument,
        value=now,
        suggestion=repair.suggestion,
        layer_type=call.layer_type if option is None else "",
        layers=(name,),
        span_layers=(name,),
        explicit=is_written,
        span=other.span,
        replaces=other.span,
        replacement=other.text,
        corrected=line_with(other.span, other.text),
    )


def edit_at(source: Source, span: Span, text: str, function: str, argument: str, corrected: str | None) -> Edit:
    """Another text at a place in a function."""
    return Edit(
        layer=function,
        argument=argument,
        value=Code(source.text(span)),
        suggestion=Code(text),
        explicit=True,
        span=span,
        replaces=span,
        replacement=text,
        corrected=corrected,
    )


def expression_texts(repair: RewriteExpression) -> tuple[str, str, str, str]:
    """Title, label, explanation and note of a fix."""
    other, option = repair.other, repair.other.option
    if option is None:
        return f"`{_short(other.now)}` in `{repair.place}` -> `{_short(other.text)}`", THIS_EXPRESSION, "", ""
    now = f"`{option.name}`" if option.value is None else f"`{option.name}={other.now}`"
    then = f"{option.name}=True" if option.value is None else other.text
    return f"{now} of `{option.function}` in `{repair.place}` -> {then}", f"{option.name}", "", ""


def _short(text: str) -> str:
    """An expression for a sentence: on one line, and not too long."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 4]} ..."


def line_with(span: Span, text: str) -> str:
    """The line with another text in it; of several lines the expression alone."""
    source = trees.source_of(span.file)
    if source is None or span.line != span.end_line:
        return text
    line = source.lines[span.line - 1].rstrip("\r\n")
    return f"{line[: span.column]}{text}{line[span.end_column :]}".strip()
