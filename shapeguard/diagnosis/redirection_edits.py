"""A layer on the other one of two tensors, as edits of the user's source and in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.layers import Refusal
from shapeguard.records.findings import Edit
from shapeguard.source.literals import Code

if TYPE_CHECKING:
    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.call_repairs import RedirectCall


def edits_of_redirection(analysis: Analysis, repair: RedirectCall) -> list[Edit]:
    """The edits that give the call the other tensor."""
    call = analysis.graph.nodes[repair.node].call
    return [
        Edit(
            layer=call.layer,
            argument=repair.argument,
            value=Code(now),
            suggestion=Code(text),
            layer_type=call.layer_type,
            layers=(call.layer,),
            span_layers=(call.layer,),
            explicit=True,
            span=span,
            replaces=span,
            replacement=text,
            corrected=text,
        )
        for span, now, text in repair.written.edits
    ]


def redirection_texts(analysis: Analysis, repair: RedirectCall) -> tuple[str, str, str, str]:
    """Title, label, explanation and note of a fix."""
    graph, names = analysis.graph, repair.written
    node = graph.nodes[repair.node]
    taken, other = graph.inputs_of(node)[0], graph.inputs_of(graph.nodes[repair.meeting])[repair.slot]
    given = repair.forward((other,))
    lines = (
        f"as written:  `{names.taken}` {taken} -> {graph.outputs_of(node)[0]}; `{names.other}` stays {other}",
        f"moved:       `{names.other}` {other} -> {'' if isinstance(given, Refusal) else given[0]}",
    )
    title = f"layer '{node.call.layer}' is applied to `{names.taken}`, not to `{names.other}`"
    return title, "the wrong tensor", "\n".join(lines), f"apply it to `{names.other}`"
