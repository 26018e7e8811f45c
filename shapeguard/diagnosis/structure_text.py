"""The words about a change of layers: one that is missing, one too many, one of another class."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from shapeguard.diagnosis.argument_text import quoted
from shapeguard.diagnosis.repairs import Insert, Remove, Replace
from shapeguard.diagnosis.scenarios import refused_value
from shapeguard.layers import Role, role_of
from shapeguard.records.source import OperationName

if TYPE_CHECKING:
    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.scenarios import Scenario
    from shapeguard.records.findings import Edit

    Texts = tuple[str, str, str, str]


def texts_of(analysis: Analysis, repair: Insert | Remove | Replace, scenario: Scenario, edit: Edit) -> Texts:
    """Title, label, explanation and what the fix does."""
    match repair:
        case Insert():
            return _missing(analysis, repair, edit)
        case Remove():
            return _extra(analysis, repair)
        case Replace():
            return _of_another_class(analysis, repair, scenario)
        case _:
            assert_never(repair)


def _missing(analysis: Analysis, repair: Insert, edit: Edit) -> Texts:
    node = analysis.graph.nodes[repair.nodes[0]]
    shape = analysis.graph.inputs_of(node)[repair.slots[0]]
    maker = analysis.graph.producer.get(node.inputs[repair.slots[0]])
    source = f" from {quoted(analysis.graph.nodes[maker].call.layer)}" if maker is not None else ""
    name = repair.suggestion.partition("(")[0]
    what = "no Flatten (or global pooling)" if role_of(name) is Role.FLATTEN else f"no {name}"
    between = (
        f" between {quoted(analysis.graph.nodes[maker].call.layer)} and {quoted(node.call.layer)}"
        if maker is not None
        else f" before {quoted(node.call.layer)}"
    )
    lines = []
    if role_of(node.call.layer_type) is Role.DENSE:
        grid = "x".join(str(d) for d in shape[1:-1])
        lines = [f"Dense acts on the last axis only and keeps the others, so the {grid} grid remains."]
    return (
        f"{what}{between}",
        f"receives a rank-{len(shape)} tensor {shape}{source}",
        "\n".join(lines),
        insertion_note(edit),
    )


def insertion_note(edit: Edit) -> str:
    """Where the code of a new layer goes: on a line of its own above another, or before a layer on the same line."""
    has_line = edit.replaces is not None and edit.replacement is not None and "\n" in edit.replacement
    if has_line and edit.replaces:
        return f"insert before line {edit.replaces.line}"
    return f"insert before {quoted(edit.layer)}"


def _extra(analysis: Analysis, repair: Remove) -> Texts:
    node = analysis.graph.nodes[repair.nodes[0]]
    return (
        f"extra layer {quoted(node.call.layer)} ({node.call.layer_type})",
        "this layer",
        f"without it, the next layer receives {analysis.graph.inputs_of(node)[0]}",
        f"remove {quoted(node.call.layer)}",
    )


def _of_another_class(analysis: Analysis, repair: Replace, scenario: Scenario) -> Texts:
    node = analysis.graph.nodes[repair.nodes[0]]
    name = repair.suggestion.partition("(")[0]
    outputs = node.outputs or (refused_value(node.index),)
    shape = analysis.constraints.shape(outputs[0], scenario)
    is_operation = isinstance(node.call.layer, OperationName)
    what = quoted(node.call.layer) if is_operation else f"layer {quoted(node.call.layer)}"
    other = "" if is_operation else f", not {node.call.layer_type}"  # what an operation is, its words say
    return (
        f"{what} should be {name}{other}",
        "this layer",
        f"{name} turns {analysis.graph.inputs_of(node)[0]} into {shape}",
        f"replace {quoted(node.call.layer)} with {repair.suggestion}",
    )
