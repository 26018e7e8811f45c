"""What is wrong in a program that was read, as the guard would say it; causes are by formula and never verified."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from shapeguard.capture.call_edits import corrected_call
from shapeguard.diagnosis.argument_text import argument_lines, label_of, owner_of, quoted, title_of
from shapeguard.diagnosis.argument_values import value_of
from shapeguard.diagnosis.target_shapes import accepts
from shapeguard.matching.comparison import leaves_of
from shapeguard.records.findings import Cause, Diagnosis, Edit
from shapeguard.records.source import OperationName
from shapeguard.source.conversions import WHOLE, Given, converted
from shapeguard.source.fit_call import method_of
from shapeguard.source.trees import source_of
from shapeguard.spec import Fixed, align, shapes_agree, unify_all
from shapeguard.static.input_edits import edit_of_input
from shapeguard.static.recording import construction_of
from shapeguard.static.repairs import Propagation, made_by, repairs
from shapeguard.static.unmet import unmet
from shapeguard.static.values import Layer

if TYPE_CHECKING:
    from shapeguard.records.network import Call, Shape
    from shapeguard.records.source import Construction
    from shapeguard.spec import ShapeSpec
    from shapeguard.static.expected import Declared
    from shapeguard.static.recording import Compared, Recorder, Refused
    from shapeguard.static.repairs import Fix
    from shapeguard.static.unmet import Unmet

MOST_CAUSES = 3
MOST_FOLLOWING = 100
"""Later expectations that are asked whether the first cause meets them too."""


def findings(recorder: Recorder, declared: Declared) -> tuple[Diagnosis, ...]:
    """The first fault: what is not as expected, a call that Keras would refuse, or data that a `fit` does not take.

    What comes behind it in the program may be a consequence.
    """
    differing = unmet(recorder, declared)
    if differing and (not recorder.refused or differing[0].call.index < recorder.refused[0].call):
        return (_of_expectation(recorder, differing),)
    if recorder.refused:
        return (_of_refusal(recorder, recorder.refused[0]),)
    return tuple(_of_data(recorder, each) for each in recorder.compared[:1])


def _of_expectation(recorder: Recorder, differing: list[Unmet]) -> Diagnosis:
    """A call whose output is not what is expected of it, and the later ones that are right with it."""
    first, *others = differing
    call, mismatch, expectation = first.call, first.mismatch, first.mismatch.target.expectation
    specs = _specs_of(first)
    shapes = [recorder.values[value].shape for value in call.outputs]
    found: list[Fix] = []
    if len(specs) == len(shapes):
        found = repairs(recorder, call.index, partial(_agree, specs), _wanted(specs[0], shapes[0]))
    causes, network = _causes(call, found), Propagation(recorder)
    follow = [each for each in others[:MOST_FOLLOWING] if found and _is_met_by(network, found[0], each)]
    return Diagnosis(
        _code(call, causes),
        first.layer,
        first.layer_type,
        mismatch.expected,
        mismatch.actual,
        mismatch.axes,
        causes=causes,
        consequences=tuple(dict.fromkeys(each.layer for each in follow)),
        declared=expectation.declared,
        origin=expectation.origin,
        tried="" if causes else "other values of one argument, by formula",
    )


def _specs_of(each: Unmet) -> tuple[ShapeSpec, ...]:
    return leaves_of(each.mismatch.target.expectation.spec, len(each.call.outputs))


def _is_met_by(network: Propagation, fix: Fix, other: Unmet) -> bool:
    """Whether another expectation is met as well once a change is made."""
    goal = other.call.index
    if fix.declares:
        outputs = network.with_values({fix.calls[0].outputs[0]: (None, *fix.shape)}, goal)
    else:
        outputs = network.with_change(fix.calls, fix.change, goal)
    return outputs is not None and _agree(_specs_of(other), outputs)


def _wanted(spec: ShapeSpec, shape: Shape) -> Shape | None:
    """The sizes that a spec states, beside those of a shape of its rank; `None` if it has another."""
    aligned = align(spec, shape)
    if aligned is None or len(aligned) != len(shape):
        return None
    return (None, *(dim.size if isinstance(dim, Fixed) else None for dim, _ in aligned[1:]))


def _agree(specs: tuple[ShapeSpec, ...], outputs: tuple[Shape, ...]) -> bool:
    pairs = [(spec, shape, None) for spec, shape in zip(specs, outputs, strict=False)]
    return len(specs) == len(outputs) and unify_all(pairs).ok


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
        causes = _of_missing_batch(compared, shape)
        actual = compared.array if causes else given
        if not causes:
            last = max(recorder.calls_from(compared.value), default=call.index)
            causes = _causes(call, [fix for fix in repairs(recorder, last, lambda _: True) if fix.declares])
        return Diagnosis(
            "SG301",
            call.layer,
            call.layer_type,
            shape,
            actual,
            causes=causes,
            headline=f"input '{call.layer}': expected {shape}, got {actual}",
            raised_at=compared.span,
        )
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


def _of_missing_batch(compared: Compared, declared: Shape) -> tuple[Cause, ...]:
    """Data that is one sample, without a batch axis, as an edit of the call that it is passed to."""
    if not shapes_agree(compared.array, declared[1:]):
        return ()
    source = source_of(compared.span.file)
    call = None if source is None else source.call_ending(compared.span)
    made = None if source is None or call is None else converted(source, call, Given("x"), WHOLE, "{x}[None]")
    if call is None or made is None:
        return ()
    edit = Edit(
        method_of(call) or "fit",
        "x",
        compared.array,
        made.expression,
        explicit=True,
        span=made.correction.replaces,
        replaces=made.correction.replaces,
        replacement=made.correction.replacement,
        corrected=made.correction.text,
    )
    batch = (1, *compared.array)
    title = "the data has no batch axis: it is a single sample"
    return (Cause("data", (edit,), "possible", title=title, proof=f"by formula, the model is given {batch}"),)


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
        place = None if made is None else (made.call, fix.change.inner, fix.change.arguments[0][0])
        if place in causes or (len(causes) == MOST_CAUSES):
            continue
        causes[place] = _cause(call, fix)
    return tuple(causes.values())


def _cause(call: Call, fix: Fix) -> Cause:
    edits = tuple(_edit(fix, name, value) for name, value in fix.change.arguments)
    edit, made, layer = edits[0], _made(fix), fix.calls[0].operation
    written = None if made is None or not made.written_name else made.written_name.rpartition(".")[2]
    rule = layer.rule if isinstance(layer, Layer) else None
    lines = [] if rule is None else argument_lines(rule, made, edit, fix.change, fix.config, (fix.inputs, fix.inputs))
    return Cause(
        "argument",
        edits,
        "possible",
        explanation="\n".join(lines),
        title=title_of(edit, owner_of(edit), written or edit.layer_type, len(edits) - 1),
        label=label_of(edit),
        proof=f"by formula, {quoted(call.layer)} becomes {fix.output[0]}",
    )


def _made(fix: Fix) -> Construction | None:
    """The constructor call that a change is of: that of the layer, or of one that it wraps."""
    call = fix.calls[0]
    layer = made_by(call.operation, fix.change) if isinstance(call.operation, Layer) else None
    return call.construction if layer is None or layer is call.operation else construction_of(layer)


def _edit(fix: Fix, name: str, value: object) -> Edit:
    """The change of one argument in the source."""
    call = fix.calls[0]
    if fix.declares:
        return edit_of_input(call, fix.config[name], value)
    layer = made_by(call.operation, fix.change) if isinstance(call.operation, Layer) else None
    made, names = _made(fix), tuple(dict.fromkeys(each.layer for each in fix.calls))
    if layer is not None and layer is not call.operation:
        names = (layer.name,)
    layer_type = call.layer_type if layer is None else layer.class_name
    edit = Edit(names[0], name, value_of(fix.config, fix.change, name), value, layer_type, names, names)
    if made is None:
        return edit
    written = next((each for each in made.arguments if each.name == name), None)
    correction = corrected_call(made, dict(fix.change.arguments))
    return replace(
        edit,
        position=None if written is None else written.position,
        explicit=written is not None,
        span=made.call if written is None else written.span,
        replaces=correction.replaces,
        replacement=correction.replacement,
        corrected=correction.text,
    )
