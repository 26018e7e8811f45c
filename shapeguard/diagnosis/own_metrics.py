"""A metric of the user's own that gives a value for each sample to a variable that holds one for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.compared_targets import batched
from shapeguard.diagnosis.what_keras_said import diagnosis_of_one
from shapeguard.keras_compat.reduced_assignments import METHODS, reduced_at
from shapeguard.layers.operations.counterparts import functions_like
from shapeguard.records.findings import Cause, Edit
from shapeguard.source import trees
from shapeguard.source.assignments import assignment_in
from shapeguard.source.literals import Code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.diagnosis.compared_targets import Compared
    from shapeguard.diagnosis.problem import Problem
    from shapeguard.records.findings import Diagnosis
    from shapeguard.records.network import Shape
    from shapeguard.records.source import Correction, Span
    from shapeguard.records.targets import OwnCode
    from shapeguard.source.assignments import Assignment


def whole_batch_assigned(problem: Problem, compared: Compared, code: Sequence[OwnCode]) -> Diagnosis | None:
    """The diagnosis of an assignment that Keras refused in a metric, and takes once its value is reduced."""
    place, failure = problem.raised_at, problem.failure
    source = None if place is None else trees.source_of(place.file)
    if place is None or source is None or failure is None:
        return None
    assignment = assignment_in(source, place.line, METHODS)
    if assignment is None:
        return None
    function = "mean" if assignment.keeps_mean else "sum"
    for each in code:
        shapes = _shapes_if_reduced(each, compared, place, function)
        if shapes is not None:
            change = assignment.reduced(functions_like(function), _axes(*shapes))
            given = f"`{source.text(source.span(assignment.call))}` gives {batched(shapes[1][1:])}"
            headline = f"metric '{each.name}': {given} to a variable of shape {shapes[0]}"
            return diagnosis_of_one(_cause(each, assignment, shapes, change), "", failure, headline, place)
    return None


def _axes(own: Shape, given: Shape) -> str:
    """The axes that a variable lacks, as a second argument; "" where it has none at all."""
    axes = tuple(range(len(given) - len(own)))
    written = axes[0] if len(axes) == 1 else axes
    return f", {written}" if own else ""


def _shapes_if_reduced(code: OwnCode, compared: Compared, place: Span, function: str) -> tuple[Shape, Shape] | None:
    """The shapes of the variable and of what it is given, if the metric runs once that is reduced."""
    given = compared.targets, compared.values.dtype, compared.output
    if code.kind != "metric" or None in (*compared.targets, *compared.output):
        return None
    try:
        with reduced_at(place, function) as assigned:
            code.run(*given)
    except Exception:  # noqa: BLE001  what the user's own code raises is the answer
        return None
    return assigned[0] if assigned else None


def _cause(code: OwnCode, assignment: Assignment, shapes: tuple[Shape, Shape], change: Correction | None) -> Cause:
    own, given = shapes
    source, span = assignment.source, assignment.source.span(assignment.value)
    edit = Edit(
        layer=code.name,
        argument="value",
        value=Code(source.text(span)),
        suggestion=None if change is None else Code(change.replacement or ""),
        explicit=True,
        span=span,
        replaces=None if change is None else change.replaces,
        replacement=None if change is None else change.replacement,
        corrected=None if change is None else change.text,
    )
    return Cause(
        "argument",
        (edit,),
        confidence="cause",
        proven_by="rebuilt",
        title=f"`{source.text(span)}` has a value for each sample, and the variable holds {own or 'one'}",
        label=f"{batched(given[1:])}",
        proof="your metric takes these shapes",
    )
