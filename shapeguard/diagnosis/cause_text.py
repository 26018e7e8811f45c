"""The words that teach: what the argument does now, what it would do, and the habit behind the fault."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, assert_never

from shapeguard.diagnosis import construction_text, structure_text
from shapeguard.diagnosis.axis_edits import axis_texts
from shapeguard.diagnosis.axis_repairs import IndexInput
from shapeguard.diagnosis.call_repairs import ReorderInputs, SplitLayer
from shapeguard.diagnosis.data_edits import fed_and_wanted
from shapeguard.diagnosis.edits_behind import texts_behind
from shapeguard.diagnosis.headline import owner_of
from shapeguard.diagnosis.number_change import ChangeNumber
from shapeguard.diagnosis.number_edits import lines_of_number
from shapeguard.diagnosis.order_edits import order_texts
from shapeguard.diagnosis.proof_text import proof_text
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
from shapeguard.diagnosis.split_edits import split_texts
from shapeguard.layers import with_change
from shapeguard.records.findings import UNSEEN
from shapeguard.records.source import INDEX, Opaque

if TYPE_CHECKING:
    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.evaluated import Evaluated
    from shapeguard.diagnosis.repairs import Repair
    from shapeguard.records.findings import Edit

ORDINALS = ("1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th", "9th")


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
        case ReorderInputs():
            text = CauseText(*order_texts(analysis, repair, evaluated.scenario), proof)
        case IndexInput():
            text = CauseText(*axis_texts(analysis, repair, evaluated.scenario, edits[0]), proof)
        case ReshapeBehind():
            text = CauseText(*texts_behind(analysis, repair), proof)
        case SplitLayer():
            text = CauseText(*split_texts(analysis, repair), proof)
        case RewriteCall():
            text = CauseText(*construction_text.texts_of(repair))
        case ChangeArguments() | ChangeInput() | ChangeApplication():
            text = _argument(analysis, evaluated, edits, proof)
        case _:
            assert_never(repair)
    return text


def place(edit: Edit) -> str:
    """Where the argument is in the call, in words."""
    if edit.position is not None:
        number = ORDINALS[edit.position] if edit.position < len(ORDINALS) else f"{edit.position + 1}th"
        return f"{number} positional argument"
    if edit.unseen:
        return UNSEEN
    return "keyword" if edit.explicit else "default, not passed"


def _argument(analysis: Analysis, evaluated: Evaluated, edits: tuple[Edit, ...], proof: str) -> CauseText:
    edit = edits[0]
    if edit.argument == INDEX:
        lines = "\n".join(_lines(analysis, evaluated, edit))
        return CauseText(f"the index `{edit.value}` of {owner_of(edit)}", "this index", lines, "", proof)
    written = f"`{edit.argument}={_code(edit.value)}`"
    of = (
        f"the {place(edit)} of {_callee(analysis, evaluated.repair, edit)}"
        if edit.position is not None
        else f"of {owner_of(edit)} ({place(edit)})"
    )
    title = f"argument {written}, {of}" if edit.position is not None else f"argument {written} {of}"
    if len(edits) > 1:
        title += f", and {len(edits) - 1} more"
    label = f"{place(edit)}: {edit.argument}={_short(edit.argument, edit.value)}"
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
    title = f"`{edit.argument}={_code(edit.value)}`, {edit.home}"
    if len(edits) > 1:
        title += f", and {len(edits) - 1} more"
    return replace(text, title=title, label=edit.home, explanation="\n".join(lines))


def _short(argument: str, value: object) -> str:
    """The value as people write it: one number for a window of equal sides, but a shape is always a tuple."""
    if isinstance(value, tuple) and value and all(v == value[0] for v in value) and not argument.endswith("shape"):
        return repr(value[0])
    return _code(value)


def _code(value: object) -> str:
    """The value as code; of one that is not kept, what it is."""
    return value.text if isinstance(value, Opaque) else repr(value)


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
    before, after = analysis.graph.inputs_of(node), analysis.graph.inputs_of(node, evaluated.scenario)
    texts = _derivations(node.rule, (node.config, before), (with_change(node.config, change), after))
    values = [f"with {_shown(edit.argument, value)}:" for value in (edit.value, edit.suggestion)]
    lines = [f"{value}  {text}" for value, text in zip(_aligned(values, texts), texts, strict=False)]
    habit = node.rule.hint(node.construction, node.config, change)
    return [*lines, habit] if habit else lines


def _shown(argument: str, value: object) -> str:
    return f"[{value}]" if argument == INDEX else f"{argument} {_short(argument, value)}"


def _aligned(values: list[str], texts: list[str]) -> list[str]:
    """The beginnings of two lines, equally wide if arithmetic follows and not whole shapes."""
    width = 0 if any("->" in text for text in texts) else max(map(len, values))
    return [f"{value:{width}}" for value in values]


def _derivations(rule: Any, now: tuple[Any, Any], then: tuple[Any, Any]) -> list[str]:
    """How the first axis that changes comes about now and then, each a config and inputs; else whole shapes."""
    old, new = rule.forward(*now), rule.forward(*then)
    if not isinstance(old, tuple) or not isinstance(new, tuple):
        return []
    if len(old[0]) != len(new[0]):
        return [f"{now[1][0]} -> {old[0]}", f"{then[1][0]} -> {new[0]}"]
    for axis in [axis for axis, sizes in enumerate(zip(old[0], new[0], strict=True)) if sizes[0] != sizes[1]]:
        was, would = rule.explain_axis(*now, axis), rule.explain_axis(*then, axis)
        if was is not None and would is not None:
            return [was.arithmetic, would.arithmetic]
    return []


def _data(analysis: Analysis, repair: ConvertData, edit: Edit, proof: str) -> CauseText:
    fed, declared = fed_and_wanted(analysis, repair)
    expects = "the input expects" if repair.shape is None else "this would fit:"
    lines = []
    feed = analysis.problem.feed
    if feed is not None and feed.samples is not None and fed is not None:
        lines.append(f"{feed.x_text or 'x'} has shape {(feed.samples, *fed)}; {expects} {(feed.samples, *declared)}")
    if "moveaxis" in repair.code:
        lines.append("One is channels-first (batch, channels, ...), the other channels-last.")
    title = f"the data has shape {fed} per sample, but "
    title += f"the input declares {declared}" if repair.shape is None else f"{declared} would fit the layers behind it"
    before = f"calling {edit.layer}()" if edit.argument == "x" else f"it is passed to '{edit.layer}'"
    note = f"convert it in the call of {edit.layer}()" if edit.replaces else f"convert the data once, before {before}"
    note = note if repair.code else f"give it data of shape {declared} per sample"
    return CauseText(title, "data, not a layer argument", "\n".join(lines), note, proof)
