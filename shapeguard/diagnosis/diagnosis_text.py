"""The diagnosis as a value: headline, what was expected and seen, the way a size came about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.codes import code_of
from shapeguard.diagnosis.handed_over import is_of_validation
from shapeguard.diagnosis.headline import headline
from shapeguard.diagnosis.keras_fallback import OperationRule
from shapeguard.diagnosis.proposers.tensor_indexing import with_indexing
from shapeguard.diagnosis.trail import shapes_to, trail_of
from shapeguard.diagnosis.unsolved_text import tried
from shapeguard.diagnosis.what_keras_said import original_of
from shapeguard.records.findings import Diagnosis
from shapeguard.spec import display_dims

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.constraints import Constraint
    from shapeguard.diagnosis.evaluated import Evaluated
    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.diagnosis.model_inputs import ModelInputs
    from shapeguard.diagnosis.problem import Problem
    from shapeguard.records.expectations import Mismatch
    from shapeguard.records.findings import Cause
    from shapeguard.records.network import Shape


def diagnosis(fault: Fault, consequences: tuple[str, ...], causes: tuple[Cause, ...]) -> Diagnosis:
    """The diagnosis of one fault, named by the first constraint that it violates."""
    problem, graph, violated = fault.analysis.problem, fault.analysis.graph, fault.outputs
    constraint = _first_line_of(problem, graph, violated)
    end = graph.refused_call if constraint is None or graph.refused is not None else constraint.call
    causes = with_indexing(graph, end, causes)
    expected, actual, axes = _shapes(problem, graph, constraint)
    if constraint is None and not causes:
        expected = _expected_of_refused(graph, violated)
    layer, layer_type = _layer(graph, constraint)
    target = None if constraint is None else constraint.target
    expectation = None if target is None else target.expectation
    return Diagnosis(
        code=code_of(problem, constraint, causes, layer),
        layer=layer,
        layer_type=layer_type,
        expected=expected,
        actual=actual,
        axes=axes,
        causes=causes,
        consequences=consequences,
        original=original_of(problem.failure),
        declared=None if expectation is None else expectation.declared,
        origin="targets" if expectation is None else expectation.origin,
        headline=headline(problem, graph, constraint, layer, layer_type),
        trail="" if _is_to_blame(layer, causes) else _trail(graph, constraint, axes, causes),
        tried="" if causes else tried(graph, constraint, axes, fault.budget),
        raised_at=problem.raised_at,
    )


def diagnosis_of_data(
    problem: Problem, inputs: ModelInputs, node: Node, fed: Shape, causes: tuple[Cause, ...]
) -> Diagnosis:
    """The diagnosis of data that an input of the model does not take."""
    graph = inputs.graph
    declared, batch = graph.shapes[node.outputs[0]], inputs.batch(node.outputs[0])
    expected, actual = (batch, *declared[1:]), (batch, *fed)
    is_validated = problem.feed is not None and is_of_validation(problem.feed)
    beside = " in validation_data" if is_validated else ""
    return Diagnosis(
        code=_code_of_data(problem, causes),
        layer=node.call.layer,
        layer_type=node.call.layer_type,
        expected=expected,
        actual=actual,
        axes=_axes(expected, actual),
        causes=causes,
        original=original_of(problem.failure),
        headline=f"input '{node.call.layer}': expected {expected}, got {actual}{beside}",
        raised_at=problem.raised_at,
        tried="" if causes else "other input shapes, and data with axes moved, added or removed; none of them fits",
    )


def _code_of_data(problem: Problem, causes: tuple[Cause, ...]) -> str:
    if problem.failure is None or (causes and causes[0].kind == "data"):
        return "SG301"
    return "SG601" if causes else "SG190"


def _trail(graph: Graph, constraint: Constraint | None, axes: tuple[int, ...], causes: tuple[Cause, ...]) -> str:
    """How a size came about; where Keras refused a call and no cause is known, else the shapes on the way to it."""
    trail = trail_of(graph, constraint, axes)
    if trail or causes or graph.refused is None:
        return trail
    return shapes_to(graph.network, graph.refused.call)


def _first_line_of(problem: Problem, graph: Graph, violated: list[Constraint]) -> Constraint | None:
    """The constraint that the first line names: the user's own first; none if Keras raised earlier."""
    if problem.failure is not None and graph.refused is not None:
        own = [g for g in violated if g.target is not None and g.call < graph.refused.index]
        return own[0] if own else None
    return violated[0] if violated else None


def _layer(graph: Graph, constraint: Constraint | None) -> tuple[str, str]:
    if constraint is not None:
        return constraint.layer, graph.call(constraint.call).layer_type
    if graph.refused is not None:
        call = graph.refused.call
        return call.layer, call.layer_type
    last = list(graph.nodes.values())[-1].call if graph.nodes else None
    return ("", "") if last is None else (last.layer, last.layer_type)


def _shapes(problem: Problem, graph: Graph, constraint: Constraint | None) -> tuple[object, object, tuple[int, ...]]:
    if constraint is None:
        return None, _crash_inputs(graph), ()
    mismatch = _mismatch(problem, constraint)
    if mismatch is not None:
        return mismatch.expected, mismatch.actual, mismatch.axes
    actual = graph.shapes.get(constraint.values[0]) if constraint.values else None
    if constraint.specs:
        return (
            display_dims(constraint.specs[0], actual or ()),
            actual,
            _axes(display_dims(constraint.specs[0], actual or ()), actual),
        )
    expected = constraint.accepted_shapes[0]
    return expected, actual, _axes(expected, actual)


def _expected_of_refused(graph: Graph, violated: list[Constraint]) -> object:
    """What the user expects of the call that Keras refused; `None` where they say nothing of it."""
    own = next(
        (constraint for constraint in violated if constraint.call == graph.refused_call and constraint.specs), None
    )
    return None if own is None else display_dims(own.specs[0], ())


def _axes(expected: tuple[object, ...], actual: object) -> tuple[int, ...]:
    if not isinstance(actual, tuple) or len(actual) != len(expected):
        return ()
    return tuple(
        i
        for i, (e, a) in enumerate(zip(expected, actual, strict=True))
        if isinstance(e, int) and a is not None and e != a
    )


def _mismatch(problem: Problem, constraint: Constraint) -> Mismatch | None:
    return next((m for m in problem.mismatches if m.target is constraint.target), None)


def _crash_inputs(graph: Graph) -> object:
    if graph.refused is None:
        return None
    inputs = graph.inputs_of(graph.refused)
    return inputs[0] if len(inputs) == 1 else inputs


def _is_to_blame(layer: str, causes: tuple[Cause, ...]) -> bool:
    """Whether the layer itself is to blame, or the targets: no way leads there."""
    first = causes[0] if causes and causes[0].edits else None
    return first is not None and (layer in first.edits[0].layers or first.kind in {"targets", "loss"})


def advice(analysis: Analysis, chosen: Sequence[Evaluated]) -> str:
    """What to annotate to tell possible causes apart: the layer whose shape differs under most of them."""
    best: tuple[int, str, Shape] | None = None
    for node in _without_expectation(analysis) if len(chosen) > 1 else ():
        shapes = [analysis.constraints.shape(node.outputs[0], each.scenario) for each in chosen]
        if shapes[0] is not None and (best is None or len(set(shapes)) > best[0]):
            best = (len(set(shapes)), node.call.layer, shapes[0])
    if best is None or best[0] < 2:
        return ""
    dims = " ".join(["B", *("_" if d is None else str(d) for d in best[2][1:])])
    return f"to tell them apart, annotate '{best[1]}', for example \"{dims}\""


def _without_expectation(analysis: Analysis) -> Iterator[Node]:
    """The layers of which nothing is expected yet, and that the user's own lines make."""
    expected = {constraint.call for constraint in analysis.constraints.all}
    for node in analysis.graph.nodes.values():
        is_layer = node.outputs and not node.is_data and not isinstance(node.rule, OperationRule)
        is_written = node.construction is None or not node.construction.indirect
        if is_layer and is_written and node.index not in expected:
            yield node
