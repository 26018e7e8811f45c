"""Expectations that may themselves be wrong: the batch size, an annotation that stands alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.keras_fallback import OperationRule
from shapeguard.diagnosis.proposers.evidence import Say, as_annotated, evidence_on
from shapeguard.records.findings import Cause, Diagnosis, Edit
from shapeguard.source.expectation_edits import declared_anew
from shapeguard.spec import ShapeSpec, display_dims, parse

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from shapeguard.diagnosis.constraints import Constraint, Constraints
    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.diagnosis.problem import Problem
    from shapeguard.diagnosis.proposers.evidence import Evidence
    from shapeguard.records.expectations import Expectation
    from shapeguard.records.network import Shape


def batch_size(problem: Problem) -> Iterator[Diagnosis]:
    """The diagnosis of a batch size that is not the expected one; nothing if the batch is as expected."""
    wrong = [m for m in problem.mismatches if m.kind == "size" and m.axes == (0,)]
    if not wrong:
        return
    first = wrong[0]
    expected, actual = first.expected, first.actual
    if not isinstance(expected, tuple) or not isinstance(actual, tuple) or first.target.call is None:
        return
    call = problem.network.calls[first.target.call]
    yield Diagnosis(
        code="SG302",
        layer=call.layer,
        layer_type=call.layer_type,
        expected=expected,
        actual=actual,
        axes=(0,),
        causes=_batch_causes(problem, expected[0], actual[0]),
        consequences=tuple(
            dict.fromkeys(problem.network.calls[m.target.call].layer for m in wrong[1:] if m.target.call is not None)
        ),
        declared=first.target.expectation.declared,
        origin=first.target.expectation.origin,
        notes=("a literal size on axis 0 is the training batch size; use a name such as B if it may vary",),
    )


def _batch_causes(problem: Problem, expected: object, actual: object) -> tuple[Cause, ...]:
    feed = problem.feed
    if feed is None or feed.batch_size is None:
        return ()
    edit = Edit(
        "",
        "batch_size",
        actual,
        expected,
        span=feed.batch_span or feed.call_span,
        explicit=feed.batch_span is not None,
        corrected=f"batch_size={expected}",
    )
    cause = Cause(
        "data",
        (edit,),
        confidence="cause",
        title=f"fit() received batches of {actual}, but the expected shape says {expected}",
        label=f"batch_size={feed.batch_size}",
        explanation="No layer's argument changes the batch size.",
    )
    return (cause,)


def wrong_annotation(fault: Fault) -> Cause | None:
    """The annotation as the cause, if other evidence agrees with what was seen; `None` if nothing speaks for it.

    Evidence are the targets and the user's other expectations, of layers that could have given something else. It is
    sure if one of them could not hold with the annotated shape. Never where the targets say the same as the annotation.
    """
    constraint = fault.outputs[0] if fault.outputs else None
    if constraint is None or constraint.target is None or not constraint.values or constraint.structure:
        return None
    actual, evidence = fault.graph.shapes.get(constraint.values[0]), evidence_on(fault, constraint)
    if actual is None or evidence is None:
        return None
    reason = _contradiction(fault, constraint, evidence.witnesses)
    return Cause(
        "annotation",
        (_edit(fault, constraint.target.expectation, actual),),
        confidence="cause" if reason or evidence.targets is Say.OTHER else "possible",
        proven_by="rebuilt",
        title=f"the expected shape of '{constraint.layer}' itself: {_agreeing(evidence)}",
        label="expected here",
        explanation=reason,
        proof="every other expectation already holds",
    )


def _agreeing(evidence: Evidence) -> str:
    """What agrees with what was seen, as a sentence."""
    count = len(evidence.witnesses)
    expectations = {0: "", 1: "1 other expectation"}.get(count, f"{count} other expectations")
    both = [each for each in (expectations, "the targets" if evidence.targets is Say.OTHER else "") if each]
    one = count == 1 and len(both) == 1
    shape = "the observed shapes" if count > 1 else "the observed shape"
    return f"{' and '.join(both)} {'agrees' if one else 'agree'} with {shape}"


def _edit(fault: Fault, expectation: Expectation, actual: Shape) -> Edit:
    """What to write in the place of the annotation."""
    layer = fault.outputs[0].layer
    suggestion = _repaired(display_dims(expectation.spec, actual), actual)  # type: ignore[arg-type]
    spec = parse(suggestion)
    declared = [target.expectation for target in fault.analysis.problem.targets]
    is_alone = sum(each.declared == expectation.declared for each in declared) == 1
    change = declared_anew(expectation, spec) if is_alone and isinstance(spec, ShapeSpec) else None
    return Edit(
        layer=layer,
        argument="annotation",
        value=str(expectation.spec),
        suggestion=suggestion,
        layers=(layer,),
        span_layers=(layer,),
        explicit=True,
        span=expectation.declared,
        replaces=None if change is None else change.replaces,
        replacement=None if change is None else change.replacement,
        corrected=f'"{spec}"' if change is None else change.text,
    )


def _contradiction(fault: Fault, constraint: Constraint, witnesses: Collection[Constraint]) -> str:
    """Why the expectation cannot hold beside the others, whatever the program is; "" if it could."""
    graph, constraints = fault.graph, fault.constraints
    required = next(iter(constraints.required_shapes(constraint)), None)
    if required is not None and _is_contradicted(fault, constraint, required, witnesses):
        actual = graph.shapes[constraint.values[0]]
        return f"with {constraint.specs[0]} for '{constraint.layer}', the others could not hold; it is {actual}"
    node = graph.nodes.get(constraint.call)
    enters = node.inputs if node is not None and not node.opaque else ()
    if node is None or len(enters) != 1:
        return ""
    axis = _axis_passed_on(graph, node, required or ())
    if axis is None or not any(_expects_size(constraints, each, enters[0], axis) for each in witnesses):
        return ""
    size = graph.shapes[enters[0]][axis]
    return f"{node.call.layer_type} does not change axis {axis}, and its input is expected to have {size} there"


def _expects_size(constraints: Constraints, other: Constraint, value: int, axis: int) -> bool:
    """Whether an expectation that holds says what size this axis of the value has."""
    if value not in other.values or not constraints.holds(other, None):
        return False
    slot, ndim = other.values.index(value), len(constraints.graph.shapes[value])
    sizes = constraints.expected_sizes(other, slot, ndim, constraints.bindings_of(other))
    return sizes is not None and sizes[axis] is not None


def _is_contradicted(fault: Fault, constraint: Constraint, required: Shape, witnesses: Collection[Constraint]) -> bool:
    """Whether one of the witnesses could not hold, or a call behind is refused, with the annotated shape."""
    scenario = as_annotated(fault, constraint, required)
    mute = [each for each in fault.constraints.all if each not in witnesses]
    return bool(witnesses) and (scenario.refusal is not None or not fault.constraints.met(scenario, ignore=mute))


def _axis_passed_on(graph: Graph, node: Node, required: tuple[int | None, ...]) -> int | None:
    """The first axis, the batch apart, that is not as required although the layer only passes it on."""
    shape, entering = graph.outputs_of(node)[0], graph.inputs_of(node)[0]
    if node.rule is None or isinstance(node.rule, OperationRule) or not len(required) == len(shape) == len(entering):
        return None
    for axis, (size, actual) in enumerate(zip(required, shape, strict=True)):
        wrong = axis > 0 and size is not None and size != actual
        if wrong and entering[axis] == actual and node.rule.explain_axis(node.config, (entering,), axis) is None:
            return axis
    return None


def _repaired(expected: tuple[object, ...], actual: tuple[int | None, ...]) -> tuple[object, ...]:
    if len(expected) != len(actual):
        return ("B", *actual[1:])
    return tuple(e if isinstance(e, str) or e is None else a for e, a in zip(expected, actual, strict=True))
