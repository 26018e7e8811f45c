"""The diagnosis of a step of the user's own that compares each sample with all others, and the edits that end it."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.diagnosis.step_broadcasts import crossed_in, meetings_after
from shapeguard.records.findings import Cause, Diagnosis, Edit
from shapeguard.source import reading, trees
from shapeguard.source.files import Places
from shapeguard.source.literals import Code
from shapeguard.source.name_bindings import scope_of
from shapeguard.source.statement_edits import replaced

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.diagnosis.step_broadcasts import Meeting
    from shapeguard.records.network import Call, Network, Shape
    from shapeguard.records.source import Correction
    from shapeguard.source.called_models import CalledModel
    from shapeguard.source.trees import Source

READ = "the step was read, not run"
_ATOMS = ast.Name | ast.Call | ast.Attribute | ast.Subscript


def mixed_step(step: CalledModel, network: Network) -> Diagnosis | None:
    """The diagnosis of the first operation behind a call of a model in which samples meet all others."""
    found = crossed_in(step, meetings_after(step))
    if not found:
        return None
    first, shape = found[0], (step.samples, 1)
    maker = _maker_of(network, shape)
    span = step.source.span(first.node)
    text = " ".join(step.source.text(span).split())
    return Diagnosis(
        code="SG303",
        layer=maker.layer,
        layer_type=maker.layer_type,
        actual=shape,
        causes=(_cause(step, found),),
        origin="targets",
        headline=f"line {span.line}: `{text}` compares each sample with all others",
    )


def _maker_of(network: Network, shape: Shape) -> Call:
    """The layer that gave the output of a shape."""
    made = [call for call in network.calls for value in call.outputs if network.values[value].shape == shape]
    inner = [call for call in made if not any(other.parent == call.index for other in network.calls)]
    return [*made, *inner][-1]


def _cause(step: CalledModel, found: Sequence[Meeting]) -> Cause:
    flat, column = (step.source.text(step.source.span(each)) for each in found[0].written)
    edits = _edits(step, found)
    return Cause(
        "inputs",
        tuple(edits),
        confidence="cause" if edits else "possible",
        title=f"`{flat}` is (B,) and `{column}` is (B, 1): together they are (B, B)",
        label="" if edits else "these samples meet all others",
        explanation="No error is raised: what is computed is of pairs of samples that do not belong to each other.",
        fix_note="give both the same axes",
        proof=READ,
    )


def _edits(step: CalledModel, found: Sequence[Meeting]) -> list[Edit]:
    """The changes with which no sample meets another: the column without its axis, or what it meets with one."""
    for place, index in ((1, "[:, 0]"), (0, "[:, None]")):
        nodes = {each.written[place]: each.node for each in found}
        changes = [_indexed(step.source, node, written, index) for written, node in nodes.items()]
        if not _is_mixed(step, changes):
            return [_edit(step.source, *each) for each in zip(nodes.values(), changes, strict=True)]
    return []


def _indexed(source: Source, node: ast.expr, written: ast.expr, index: str) -> Correction:
    """A part of an expression with an index behind it."""
    span = source.span(written)
    text = source.text(span)
    return replaced(source, node, span, f"{text if isinstance(written, _ATOMS) else f'({text})'}{index}")


def _is_mixed(step: CalledModel, changes: Sequence[Correction]) -> bool:
    """Whether samples still meet all others once the step is changed."""
    source = step.source
    text = "".join(source.lines)
    edits = [(*source.places.offsets(each.replaces), each.replacement or "") for each in changes if each.replaces]
    for start, stop, written in sorted(edits, reverse=True):
        text = text[:start] + written + text[stop:]
    tree = reading.tree_of(text)
    other = None if tree is None else trees.indexed(Places(text, source.file), tree)
    call = None if other is None else other.nodes.get(_place_of(step.call))
    if other is None or not isinstance(call, ast.Call):
        return True
    return any(each.meets_all for each in meetings_after(replace(step, source=other, call=call)))


def _place_of(node: ast.expr) -> tuple[int, int, int, int]:
    return node.lineno, node.end_lineno or 0, node.col_offset, node.end_col_offset or 0


def _edit(source: Source, node: ast.expr, change: Correction) -> Edit:
    scope = scope_of(source, node)
    return Edit(
        layer=scope.name if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef) else "module",
        argument="inputs",
        value=None,
        suggestion=Code(change.text or ""),
        explicit=True,
        span=change.replaces,
        replaces=change.replaces,
        replacement=change.replacement,
        corrected=change.text,
    )
