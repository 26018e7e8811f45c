"""A model that is called on what its own Input does not declare: either side may have the wrong size."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import keras

from shapeguard.diagnosis.argument_text import quoted
from shapeguard.diagnosis.edits_of_calls import edit_of_written, first_argument
from shapeguard.diagnosis.reservations import CALCULATED
from shapeguard.keras_compat import keras_layers
from shapeguard.records.findings import Cause
from shapeguard.source import frames

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.graph import Graph
    from shapeguard.records.findings import Edit
    from shapeguard.records.network import Call, Shape
    from shapeguard.records.source import Construction

PROOF = "what the layers of that model make of it was not asked"


def with_declared_input(analysis: Analysis, causes: tuple[Cause, ...]) -> tuple[Cause, ...]:
    """The causes, and the Input of the model that refused as another one; nothing is sure beside it.

    Only if sizes differ, and no more than one: of another rank nobody would write an Input by mistake. Of what was not
    proven either, only the likeliest comes before it.
    """
    found = next(filter(None, (_declared_and_taken(analysis.graph, each) for each in _around(analysis.graph))), None)
    edit = None if found is None else _edit(analysis, *found)
    if found is None or edit is None or _is_sure_inside(analysis, found[0], causes):
        return causes
    call, shapes = found
    declared, taken = (shape[1:] for shape in shapes)
    other = Cause(
        "argument",
        (edit,),
        title=f"the Input of model {quoted(call.layer)} declares {declared}, and it is called on {taken}",
        label=f"declares {declared}",
        proof=PROOF,
    )
    likely = causes[:1] if causes and causes[0].proof != CALCULATED else ()
    before = max(sum(each.verified for each in causes), len(likely))
    possible = [replace(each, confidence="possible") for each in causes]
    return (*possible[:before], other, *possible[before:])


def _is_sure_inside(analysis: Analysis, call: Call, causes: tuple[Cause, ...]) -> bool:
    """Whether a layer of the model refused, and one argument is to blame for what came to it."""
    refused = analysis.graph.refused
    is_inside = refused is not None and refused.call is not call
    return is_inside and any(each.confidence == "cause" for each in causes)


def _around(graph: Graph) -> Iterator[Call]:
    """The call that was refused, and those that it was made in: a Sequential leaves it to its layers to refuse."""
    call = None if graph.refused is None else graph.refused.call
    while call is not None:
        yield call
        call = None if call.parent is None else graph.network.calls[call.parent]


def _declared_and_taken(graph: Graph, call: Call) -> tuple[Call, tuple[Shape, Shape]] | None:
    """What the only input of a called model declares, and what it was called on; `None` of other calls."""
    functional = keras_layers.functional_of(call.operation) if isinstance(call.operation, keras.Model) else None
    declared = [] if functional is None else [tuple(each.shape) for each in functional.inputs]
    taken = [graph.network.values[value].shape for value in call.inputs]
    is_one = len(declared) == len(taken) == 1 and _differ_by_one(declared[0], taken[0])
    return (call, (declared[0], taken[0])) if is_one else None


def _differ_by_one(declared: Shape, taken: Shape) -> bool:
    """Whether two shapes have one known size that is another, behind the batch."""
    pairs = list(zip(declared[1:], taken[1:], strict=False))
    others = [pair for pair in pairs if pair[0] != pair[1]]
    return len(declared) == len(taken) and len(others) == 1 and None not in others[0]


def _edit(analysis: Analysis, call: Call, shapes: tuple[Shape, Shape]) -> Edit | None:
    """Another shape in the call of Input; `None` where that is not the user's, or does not show it."""
    functional, shape = keras_layers.functional_of(call.operation), shapes[1]
    construction = None if functional is None else analysis.problem.construction_of(functional.layers[0])
    argument = first_argument(construction, ("shape", "batch_shape"))
    if construction is None or argument is None or not _is_users(construction):
        return None
    value: object = shape[1:]
    if argument.name == "batch_shape" and isinstance(argument.value, list | tuple):
        value = (argument.value[0], *shape[1:])
    correction = analysis.problem.correct(construction, {argument.name: value})
    return edit_of_written(construction, argument, value, correction)


def _is_users(construction: Construction) -> bool:
    return construction.call is not None and not construction.indirect and not frames.is_library(construction.call.file)
