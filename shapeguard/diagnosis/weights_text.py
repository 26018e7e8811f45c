"""The diagnosis of a layer's weights: what they are with each value of the argument that is to blame."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.diagnosis.causes import cause_of
from shapeguard.diagnosis.confidence import is_sure
from shapeguard.diagnosis.repairs import change_of
from shapeguard.diagnosis.weight_shapes import parameters_in, weights_of
from shapeguard.records.findings import Diagnosis
from shapeguard.source.value_equality import same_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.evaluated import Evaluated
    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.weight_shapes import Weights
    from shapeguard.records.findings import Cause, Edit


def diagnosis(fault: Fault, found: Sequence[Evaluated]) -> Diagnosis:
    """The diagnosis of one layer's weights, named by the first thing that is expected of them."""
    analysis, check = fault.analysis, fault.weights[0]
    expectation, call = check.target.expectation, analysis.graph.network.calls[check.target.call or 0]
    sure = is_sure(found, fault.analysis)
    causes = tuple(_cause(fault, each, sure=sure and place == 0) for place, each in enumerate(found))
    also_fixed = [check for check, _ in found[0].fixed_weights] if found else []
    others = dict.fromkeys(str(analysis.layer_of(other).name) for other in also_fixed if other not in fault.weights)
    built = analysis.budget.families.get("weights", 0)
    return Diagnosis(
        code="SG105",
        layer=call.layer,
        layer_type=call.layer_type,
        expected=check.expected,
        actual=check.actual,
        axes=check.axes,
        quantity=expectation.quantity,
        causes=causes,
        consequences=tuple(others),
        declared=expectation.declared,
        origin=expectation.origin,
        tried=""
        if causes
        else f"{built} layer{'' if built == 1 else 's'} rebuilt with one argument changed; none has these weights",
    )


def is_blamed(analysis: Analysis, found: Sequence[Evaluated], diagnoses: Sequence[Diagnosis]) -> bool:
    """Whether the first cause of an earlier diagnosis is one of these repairs."""
    edits = [cause.edits[0] for each in diagnoses for cause in each.causes[:1] if cause.edits]
    return any(_does(analysis, each, edit) for each in found for edit in edits)


def _does(analysis: Analysis, evaluated: Evaluated, edit: Edit) -> bool:
    """Whether an edit gives the first layer of a repair what the repair gives it."""
    repair, change = evaluated.repair, change_of(evaluated.repair)
    owner = analysis.graph.nodes[repair.nodes[0]].call.layer
    name, value = (repair.argument, repair.suggestion) if change is None else change.arguments[0]
    given = [(each.layer, each.argument, each.suggestion) for each in edit.following]
    changes = given or [(edit.layer, edit.argument, edit.suggestion)]
    return any((layer, argument) == (owner, name) and same_value(new, value) for layer, argument, new in changes)


def _cause(fault: Fault, evaluated: Evaluated, *, sure: bool) -> Cause:
    check = fault.weights[0]
    layer = fault.analysis.layer_of(check)
    cause = cause_of(fault.analysis, evaluated, sure=sure, also=())
    edit, now = cause.edits[0], weights_of(layer) or ()
    then = next(weights for other, weights in evaluated.fixed_weights if other == check)
    rows = [(edit.value, now), (edit.suggestion, then)]
    texts = [f"with {edit.argument} {_short(value)}:" for value, _ in rows]
    width = max(map(len, texts))
    lines = [f"{text:{width}}  {_described(weights)}" for text, (_, weights) in zip(texts, rows, strict=True)]
    shapes = fault.graph.outputs_of(fault.graph.nodes[evaluated.repair.nodes[0]])
    if not evaluated.scenario.shapes and shapes:
        lines.append(f"Both output {shapes[0]}; only the weights differ.")
    count = check.target.expectation.quantity == "params"
    has = _counted(parameters_in(then)) if count else f"weights {then[0] if then else 'none'}"
    return replace(cause, explanation="\n".join(lines), proof=f"'{layer.name}' has {has}")


def _described(weights: Weights) -> str:
    return f"weights {', '.join(map(str, weights)) or 'none'}, {_counted(parameters_in(weights))}"


def _counted(parameters: int) -> str:
    return f"{parameters} parameter{'' if parameters == 1 else 's'}"


def _short(value: object) -> str:
    if isinstance(value, tuple) and value and all(entry == value[0] for entry in value):
        return repr(value[0])
    return repr(value)
