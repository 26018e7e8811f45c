"""The words that teach: what the argument does now, what it would do, and the habit behind the fault."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never

from shapeguard.diagnosis import construction_text, structure_text
from shapeguard.diagnosis.argument_text import argument_lines, code_of, label_of, owner_of, title_of
from shapeguard.diagnosis.axis_edits import axis_texts
from shapeguard.diagnosis.axis_repairs import IndexInput
from shapeguard.diagnosis.call_repairs import RedirectCall, ReorderInputs, SplitLayer
from shapeguard.diagnosis.data_edits import fed_and_wanted, part_of_data
from shapeguard.diagnosis.edits_behind import texts_behind
from shapeguard.diagnosis.expression_edits import expression_texts
from shapeguard.diagnosis.handed_over import PARTS, is_of_validation, written_for
from shapeguard.diagnosis.moved_edits import moved_texts
from shapeguard.diagnosis.moved_layers import MoveLayer
from shapeguard.diagnosis.number_change import ChangeNumber
from shapeguard.diagnosis.number_edits import lines_of_number
from shapeguard.diagnosis.order_edits import order_texts
from shapeguard.diagnosis.proof_text import proof_text
from shapeguard.diagnosis.redirection_edits import redirection_texts
from shapeguard.diagnosis.repairs import (
    ChangeApplication,
    ChangeArguments,
    ChangeInput,
    ConvertData,
    Insert,
    Remove,
    Replace,
    change_of,
    is_keras_1_repair,
    lead_of,
)
from shapeguard.diagnosis.reshape_behind import ReshapeBehind
from shapeguard.diagnosis.rewritten_calls import RewriteCall
from shapeguard.diagnosis.rewritten_expressions import RewriteExpression
from shapeguard.diagnosis.split_edits import split_texts
from shapeguard.records.source import INDEX

if TYPE_CHECKING:
    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.evaluated import Evaluated
    from shapeguard.diagnosis.repairs import Repair
    from shapeguard.records.findings import Edit


@dataclass(frozen=True, slots=True)
class CauseText:
    """The texts of one cause."""

    title: str
    label: str
    explanation: str
    fix_note: str
    proof: str


def explained(analysis: Analysis, evaluated: Evaluated, edits: tuple[Edit, ...]) -> CauseText:
    """The texts of one repair, whose edits are construction."""
    proof, repair = proof_text(analysis, evaluated), lead_of(evaluated.repair)
    match repair:
        case Insert() | Remove() | Replace():
            text = CauseText(*structure_text.texts_of(analysis, repair, evaluated.scenario, edits[0]), proof)
        case ConvertData():
            text = _data(analysis, repair, edits[0], "" if evaluated.is_verified else proof)
        case ChangeNumber():
            text = _number(analysis, evaluated, repair, edits, proof)
        case ReorderInputs() | RedirectCall() | RewriteExpression():
            text = CauseText(*_tensor_texts(analysis, repair, evaluated), proof)
        case IndexInput():
            text = CauseText(*axis_texts(analysis, repair, evaluated.scenario, edits[0]), proof)
        case ReshapeBehind() | SplitLayer() | MoveLayer():
            text = CauseText(*_of_two_lines(analysis, repair), proof)
        case RewriteCall():
            text = CauseText(*construction_text.texts_of(repair))
        case ChangeArguments() | ChangeInput() | ChangeApplication():
            text = _argument(analysis, evaluated, edits, proof)
        case _:
            assert_never(repair)
    return text


def _of_two_lines(analysis: Analysis, repair: ReshapeBehind | SplitLayer | MoveLayer) -> tuple[str, str, str, str]:
    match repair:
        case ReshapeBehind():
            return texts_behind(analysis, repair)
        case SplitLayer():
            return split_texts(analysis, repair)
        case MoveLayer():
            return moved_texts(analysis, repair)
        case _:
            assert_never(repair)


def _tensor_texts(
    analysis: Analysis, repair: ReorderInputs | RedirectCall | RewriteExpression, evaluated: Evaluated
) -> tuple[str, str, str, str]:
    """Title, label, explanation and note of a fix by which calls take other tensors."""
    if isinstance(repair, RewriteExpression):
        return expression_texts(repair)
    if isinstance(repair, RedirectCall):
        return redirection_texts(analysis, repair)
    return order_texts(analysis, repair, evaluated.scenario)


def _argument(analysis: Analysis, evaluated: Evaluated, edits: tuple[Edit, ...], proof: str) -> CauseText:
    edit = edits[0]
    if edit.argument == INDEX:
        lines = "\n".join(_lines(analysis, evaluated, edit))
        return CauseText(f"the index `{edit.value}` of {owner_of(edit)}", "this index", lines, "", proof)
    title = title_of(edit, owner_of(edit), _callee(analysis, evaluated.repair, edit), len(edits) - 1)
    label = label_of(edit)
    below = _lines(analysis, evaluated, edit)
    if edit.unseen:
        below.append("It is not known where the layer was created: import shapeguard before that.")
    note = "pass the kernel size as one tuple" if is_keras_1_repair(evaluated.repair, analysis.graph) else ""
    return CauseText(title, label, "\n".join(below), note, proof)


def _number(
    analysis: Analysis, evaluated: Evaluated, repair: ChangeNumber, edits: tuple[Edit, ...], proof: str
) -> CauseText:
    """Of a number that is written in another place than the layer's call; else as of an argument."""
    text, lines = _argument(analysis, evaluated, edits, proof), lines_of_number(analysis, repair)
    edit = edits[0]
    if not edit.home:
        return text
    title = f"`{edit.argument}={code_of(edit.value)}`, {edit.home}"
    if len(edits) > 1:
        title += f", and {len(edits) - 1} more"
    return replace(text, title=title, label=edit.home, explanation="\n".join(lines))


def _callee(analysis: Analysis, repair: Repair, edit: Edit) -> str:
    change = change_of(repair)
    if change is not None and change.inner:
        return edit.layer_type
    construction = analysis.graph.nodes[repair.nodes[0]].construction if repair.nodes else None
    written = construction.written_name if construction is not None and construction.written_name else None
    return written.rpartition(".")[2] if written else edit.layer_type


def _lines(analysis: Analysis, evaluated: Evaluated, edit: Edit) -> list[str]:
    """Both derivations of the first axis that the change moves, and the habit."""
    change = change_of(evaluated.repair)
    node = None if change is None else analysis.graph.nodes[evaluated.repair.nodes[0]]
    if change is None or node is None or node.rule is None:
        return []
    inputs = analysis.graph.inputs_of(node), analysis.graph.inputs_of(node, evaluated.scenario)
    return argument_lines(node.rule, node.construction, edit, change, node.config, inputs)


def _data(analysis: Analysis, repair: ConvertData, edit: Edit, proof: str) -> CauseText:
    fed, declared = fed_and_wanted(analysis, repair)
    expects = "the input expects" if repair.shape is None else "this would fit:"
    lines = []
    feed = analysis.problem.feed
    if feed is not None and feed.samples is not None and fed is not None:
        part = part_of_data(analysis, analysis.graph.nodes[repair.node])
        data = f"{part} of validation_data" if is_of_validation(feed) else written_for(feed, part) or part
        lines.append(f"{data} has shape {(feed.samples, *fed)}; {expects} {(feed.samples, *declared)}")
    if "moveaxis" in repair.code:
        lines.append("One is channels-first (batch, channels, ...), the other channels-last.")
    title = f"the data has shape {fed} per sample, but "
    title += f"the input declares {declared}" if repair.shape is None else f"{declared} would fit the layers behind it"
    before = f"calling {edit.layer}()" if edit.argument in PARTS else f"it is passed to '{edit.layer}'"
    note = f"convert it in the call of {edit.layer}()" if edit.replaces else f"convert the data once, before {before}"
    note = note if repair.code else f"give it data of shape {declared} per sample"
    return CauseText(title, "data, not a layer argument", "\n".join(lines), note, proof)
