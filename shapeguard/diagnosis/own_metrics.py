"""A metric of the user's own that gives a value for each sample to a variable that holds one for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.compared_targets import batched
from shapeguard.diagnosis.what_keras_said import diagnosis_of_one
from shapeguard.keras_compat.reduced_assignments import METHODS, reduced_in
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
    for each in code:
        found = _shapes_if_reduced(each, compared, place.file, assignment.lines)
        others = [other for line in found if (other := assignment_in(source, line, METHODS)) is not None]
        if place.line in found and len(others) == len(found):
            own, given = found[place.line]
            text = f"`{source.text(source.span(assignment.call))}` gives {batched(given[1:])}"
            headline = f"metric '{each.name}': {text} to a variable of shape {own}"
            edits = [_edit(each, other, *shapes) for other, shapes in zip(others, found.values(), strict=True)]
            return diagnosis_of_one(_cause(assignment, found[place.line], edits), "", failure, headline, place)
    return None


def _axes(own: Shape, given: Shape) -> str:
    """The axes that a variable lacks, as a second argument; "" where it has none at all."""
    axes = tuple(range(len(given) - len(own)))
    written = axes[0] if len(axes) == 1 else axes
    return f", {written}" if own else ""


def _shapes_if_reduced(code: OwnCode, compared: Compared, file: str, lines: range) -> dict[int, tuple[Shape, Shape]]:
    """By line the shapes of a variable and of what it is given, if the metric runs once all of that is reduced."""
    given = compared.targets, compared.values.dtype, compared.output
    if code.kind != "metric" or None in (*compared.targets, *compared.output):
        return {}
    try:
        with reduced_in(file, lines) as assigned:
            code.run(*given)
    except Exception:  # noqa: BLE001  what the user's own code raises is the answer
        return {}
    return assigned


def _edit(code: OwnCode, assignment: Assignment, own: Shape, given: Shape) -> Edit:
    source, span = assignment.source, assignment.source.span(assignment.value)
    function = "mean" if assignment.keeps_mean else "sum"
    change = assignment.reduced(functions_like(function), _axes(own, given))
    return Edit(
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


def _cause(assignment: Assignment, shapes: tuple[Shape, Shape], edits: Sequence[Edit]) -> Cause:
    own, given = shapes
    text = assignment.source.text(assignment.source.span(assignment.value))
    return Cause(
        "argument",
        tuple(edits),
        confidence="cause",
        proven_by="rebuilt",
        title=f"`{text}` has a value for each sample, and the variable holds {own or 'one'}",
        label=f"{batched(given[1:])}",
        proof="your metric takes these shapes",
    )
