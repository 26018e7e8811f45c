"""An expression written otherwise, as an edit of the user's source and in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.records.findings import Edit
from shapeguard.source.literals import Code

if TYPE_CHECKING:
    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.rewritten_expressions import RewriteExpression


def edit_of_expression(analysis: Analysis, repair: RewriteExpression) -> Edit:
    """The edit that writes it otherwise."""
    call, other = analysis.graph.nodes[repair.node].call, repair.other
    return Edit(
        layer=call.layer,
        argument=repair.argument,
        value=Code(other.now),
        suggestion=repair.suggestion,
        layer_type=call.layer_type,
        layers=(call.layer,),
        span_layers=(call.layer,),
        explicit=True,
        span=other.span,
        replaces=other.span,
        replacement=other.text,
        corrected=other.text,
    )


def expression_texts(repair: RewriteExpression) -> tuple[str, str, str, str]:
    """Title, label, explanation and note of a fix."""
    other = repair.other
    return f"`{other.now}` in `{repair.place}`", "this expression", "", f"write `{other.text}`"
