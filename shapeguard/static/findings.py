"""What is wrong in a program that was read, as the guard would say it; causes are by formula and never verified."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from shapeguard.capture.call_edits import corrected_call
from shapeguard.diagnosis.target_shapes import accepts
from shapeguard.records.findings import Cause, Diagnosis, Edit
from shapeguard.records.source import OperationName
from shapeguard.spec import Fixed, ShapeSpec, align, display_dims, unify, with_free_batch
from shapeguard.static.declared import differing
from shapeguard.static.repairs import repairs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.records.network import Call, Shape
    from shapeguard.spec import Spec
    from shapeguard.static.declared import Declarations, Differing
    from shapeguard.static.recording import Compared, Recorder, Refused
    from shapeguard.static.repairs import Fix

MOST_CAUSES = 3


def findings(recorder: Recorder, declarations: Sequence[Declarations]) -> tuple[Diagnosis, ...]:
    """The first fault: a comment that is not met, a call that Keras would refuse, or data that a `fit` does not take.

    What comes behind it in the program may be a consequence.
    """
    unmet = sorted((each for one in declarations for each in differing(recorder, one)), key=lambda each: each.call)
    if unmet and (not recorder.refused or unmet[0].call < recorder.refused[0].call):
        return (_of_comment(recorder, unmet[0]),)
    if recorder.refused:
        return (_of_refusal(recorder, recorder.refused[0]),)
    return tuple(_of_data(recorder, each) for each in recorder.compared[:1])


def _of_comment(recorder: Recorder, unmet: Differing) -> Diagnosis:
    """A call whose output is not what a comment says."""
    call, spec, shape = recorder.calls[unmet.call], unmet.spec, unmet.shape
    free = with_free_batch(spec)
    conflict = unify(free, shape).conflict if isinstance(free, ShapeSpec) else None
    aligned = align(spec, shape)
    wanted = None
    if aligned is not None and len(aligned) == len(shape):
        wanted = tuple(dim.size if isinstance(dim, Fixed) else None for dim, _ in aligned)
        wanted = (None, *wanted[1:])
    fits = partial(_agrees, free)
    causes = _causes(call, repairs(recorder, call.index, fits, wanted))
    return Diagnosis(
        _code(call, causes),
        call.layer,
        call.layer_type,
        display_dims(spec, shape),
        shape,
        () if conflict is None else conflict.axes,
        causes=causes,
        declared=unmet.expectation.declared,
        origin="comment",
        tried="" if causes else "other values of one argument, by formula",
    )


def _agrees(spec: Spec, outputs: tuple[Shape, ...]) -> bool:
    return isinstance(spec, ShapeSpec) and bool(outputs) and unify(spec, outputs[0]).ok


def _code(call: Call, causes: tuple[Cause, ...]) -> str:
    """The code of an expectation that is not met, by its causes."""
    if not causes:
        return "SG190"
    if len(causes) > 1:
        return "SG103"
    return "SG101" if call.layer in causes[0].edits[0].layers else "SG102"


def _of_refusal(recorder: Recorder, refused: Refused) -> Diagnosis:
    """A call that Keras would refuse."""
    call = recorder.calls[refused.call]
    causes = _causes(call, repairs(recorder, call.index, lambda _: True))
    inputs = [recorder.values[index].shape for index in call.inputs]
    return Diagnosis(
        "SG601" if causes else "SG190",
        call.layer,
        call.layer_type,
        actual=inputs[0] if len(inputs) == 1 else tuple(inputs),
        causes=causes,
        headline=f"{_owner(call)} does not accept {', '.join(map(str, inputs))}: {refused.reason}",
        tried="" if causes else "other values of one argument, by formula",
        raised_at=refused.span,
    )


def _of_data(recorder: Recorder, compared: Compared) -> Diagnosis:
    """Data or targets that a model does not take."""
    call = next(each for each in reversed(recorder.calls) if compared.value in each.outputs)
    shape, given = recorder.values[compared.value].shape, (None, *compared.given)
    if compared.loss is None:
        text = f"input '{call.layer}': expected {shape}, got {given}"
        return Diagnosis("SG301", call.layer, call.layer_type, shape, given, headline=text, raised_at=compared.span)
    loss = compared.loss
    found = repairs(recorder, call.index, lambda outputs: accepts(outputs[0][1:], compared.given, loss), given)
    text = f"targets {given} do not match the output {shape} of {_owner(call)} for loss '{loss.name}'"
    return Diagnosis(
        "SG303",
        call.layer,
        call.layer_type,
        given,
        shape,
        _axes(given, shape),
        causes=_causes(call, found),
        headline=text,
        raised_at=compared.span,
        origin="targets",
    )


def _axes(one: Shape, other: Shape) -> tuple[int, ...]:
    """The axes on which two shapes of one rank differ."""
    if len(one) != len(other):
        return ()
    return tuple(axis for axis, (a, b) in enumerate(zip(one, other, strict=True)) if axis and a != b)


def _owner(call: Call) -> str:
    name = call.layer
    return name.in_words if isinstance(name, OperationName) else f"layer '{name}' ({call.layer_type})"


def _causes(call: Call, found: list[Fix]) -> tuple[Cause, ...]:
    """The causes, one for each argument of each constructor call, the most plausible first."""
    causes: dict[object, Cause] = {}
    for fix in found:
        made = fix.calls[0].construction
        place = None if made is None else (made.call, fix.change.arguments[0][0])
        if place in causes or (len(causes) == MOST_CAUSES):
            continue
        causes[place] = _cause(call, fix)
    return tuple(causes.values())


def _cause(call: Call, fix: Fix) -> Cause:
    edits = tuple(_edit(fix, name, value) for name, value in fix.change.arguments)
    name = call.layer.in_words if isinstance(call.layer, OperationName) else f"'{call.layer}'"
    return Cause("argument", edits, "possible", proof=f"by formula, {name} becomes {fix.output[0]}")


def _edit(fix: Fix, name: str, value: object) -> Edit:
    """The change of one argument in the source."""
    call = fix.calls[0]
    made = call.construction
    written = None if made is None else next((each for each in made.arguments if each.name == name), None)
    correction = None if made is None else corrected_call(made, dict(fix.change.arguments))
    names = tuple(dict.fromkeys(each.layer for each in fix.calls))
    return Edit(
        call.layer,
        name,
        fix.config.get(name),
        value,
        call.layer_type,
        names,
        names,
        position=None if written is None else written.position,
        explicit=written is not None,
        span=written.span if written is not None else None if made is None else made.call,
        replaces=None if correction is None else correction.replaces,
        replacement=None if correction is None else correction.replacement,
        corrected=None if correction is None else correction.text,
    )
