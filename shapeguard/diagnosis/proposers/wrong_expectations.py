"""Expectations that may themselves be wrong: the batch size, an annotation that stands alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.constraints import filled_up
from shapeguard.diagnosis.keras_fallback import OperationRule
from shapeguard.diagnosis.proposers.conflicting_symbols import restates_input
from shapeguard.diagnosis.scenarios import Patch
from shapeguard.diagnosis.what_if import propagate
from shapeguard.records.findings import Cause, Diagnosis, Edit
from shapeguard.spec import display_dims

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.constraints import Constraint, Constraints
    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.diagnosis.problem import Problem
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
    """The annotation as the cause, if all others agree with what was seen; `None` if nothing speaks for it.

    It is sure if another satisfied expectation could not hold with the annotated shape.
    """
    constraint = fault.outputs[0] if fault.outputs else None
    if constraint is None or constraint.target is None or not constraint.values or constraint.structure:
        return None
    actual, others = fault.graph.shapes.get(constraint.values[0]), _witnesses(fault, constraint)
    if actual is None or not others or any(each in fault.constraints.violated for each in others):
        return None
    reason = _contradiction(fault, constraint)
    agreeing = (
        "1 other expectation agrees with the observed shape"
        if len(others) == 1
        else f"{len(others)} other expectations agree with the observed shapes"
    )
    return Cause(
        "annotation",
        (_edit(constraint.layer, constraint.target.expectation, actual),),
        confidence="cause" if reason else "possible",
        verified=True,
        title=f"the expected shape of '{constraint.layer}' itself: {agreeing}",
        label="expected here",
        explanation=reason,
        proof="every other expectation already holds",
    )


def _edit(layer: str, expectation: Expectation, actual: Shape) -> Edit:
    """What to write in the place of the annotation."""
    suggestion = _repaired(display_dims(expectation.spec, actual), actual)  # type: ignore[arg-type]
    return Edit(
        layer=layer,
        argument="annotation",
        value=str(expectation.spec),
        suggestion=suggestion,
        layers=(layer,),
        span_layers=(layer,),
        explicit=True,
        span=expectation.declared,
        corrected=f'"{" ".join("_" if dim is None else str(dim) for dim in suggestion)}"',
    )


def _witnesses(fault: Fault, constraint: Constraint) -> list[Constraint]:
    """The user's other expectations, those of inputs left out."""
    others = [each for each in fault.constraints.all if each is not constraint and each.target is not None]
    return [each for each in others if not restates_input(fault.graph, each)]


def _contradiction(fault: Fault, constraint: Constraint) -> str:
    """Why the expectation cannot hold beside the others, whatever the program is; "" if it could."""
    graph, constraints = fault.graph, fault.constraints
    required = next(iter(constraints.required_shapes(constraint)), None)
    if required is not None and _contradicted(fault, constraint, required):
        actual = graph.shapes[constraint.values[0]]
        return f"with {constraint.specs[0]} for '{constraint.layer}', the others could not hold; it is {actual}"
    node = graph.nodes.get(constraint.call)
    enters = node.inputs if node is not None and not node.opaque else ()
    if node is None or len(enters) != 1 or not _is_expected(constraints, enters[0]):
        return ""
    axis = _axis_passed_on(graph, node, required or ())
    size = graph.shapes[enters[0]][axis] if axis else None
    return (
        f"{node.call.layer_type} does not change axis {axis}, and its input is expected to have {size} there"
        if axis
        else ""
    )


def _is_expected(constraints: Constraints, value: int) -> bool:
    """Whether an expectation of the value is met."""
    own = [each for each in constraints.all if each.target is not None and value in each.values]
    return any(constraints.holds(each, None) for each in own)


def _contradicted(fault: Fault, constraint: Constraint, required: Shape) -> bool:
    shape = filled_up(required, fault.graph.shapes.get(constraint.values[0], ()))
    scenario = propagate(fault.graph, Patch(values={constraint.values[0]: shape}))
    return scenario.refusal is not None or not fault.constraints.met(scenario, ignore=(constraint,))


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
