"""A model that is called on one sample, without the axis of the batch: where the program calls it."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING

import keras

from shapeguard.diagnosis.what_keras_said import original_of
from shapeguard.keras_compat import keras_layers
from shapeguard.records.findings import Cause, Diagnosis, Edit
from shapeguard.source import trees
from shapeguard.source.functions_in_file import names_imported
from shapeguard.source.layer_edits import ATOMS
from shapeguard.source.literals import Code
from shapeguard.source.statement_edits import replaced
from shapeguard.spec import shapes_agree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.records.network import Call, Shape
    from shapeguard.records.source import Span
    from shapeguard.source.trees import Source


def diagnosis_of_one_sample(analysis: Analysis) -> list[Diagnosis]:
    """The diagnosis of a call of a model on a sample that it takes batches of; nothing of other calls."""
    problem, network = analysis.problem, analysis.graph.network
    if problem.feed is not None or problem.failure is None or len(network.inputs) != 1:
        return []
    given = network.values[network.inputs[0]].shape
    root = next((call for call in network.calls if call.path == "" and call.failure is not None), None)
    declared = () if root is None else _declared(root)
    if root is None or None in given or len(declared) != len(given) + 1 or not shapes_agree(given, declared[1:]):
        return []
    cause = Cause(
        "data",
        tuple(_edits(root, problem.raised_at)),
        title="the data has no batch axis: it is a single sample",
        label=f"of shape {given}",
        explanation=f"The model is called on {given}; it takes a batch of one as {(1, *given)}.",
    )
    diagnosis = Diagnosis(
        code="SG301",
        layer=root.layer,
        layer_type=root.layer_type,
        expected=declared,
        actual=given,
        causes=(cause,),
        original=original_of(problem.failure),
        headline=f"model '{root.layer}' ({root.layer_type}): expected {declared}, got {given}",
        raised_at=problem.raised_at,
    )
    return [diagnosis]


def _declared(root: Call) -> Shape:
    """What the only input of a model declares; `()` of other calls."""
    functional = keras_layers.functional_of(root.operation) if isinstance(root.operation, keras.Model) else None
    inputs = [] if functional is None else functional.inputs
    return tuple(inputs[0].shape) if len(inputs) == 1 else ()


def _edits(root: Call, raised: Span | None) -> Iterator[Edit]:
    """The axis in front of what the only call of a name, that is no function of a library, is given."""
    source = None if raised is None else trees.source_of(raised.file)
    calls = [] if source is None or raised is None else list(_calls_of_names(source, raised))
    if source is None or len(calls) != 1:
        return
    given = calls[0].args[0]
    text, span = source.text(source.span(given)), source.span(given)
    code = f"{text if isinstance(given, ATOMS) else f'({text})'}[None]"
    change = replaced(source, calls[0], span, code)
    yield Edit(
        layer=root.layer,
        argument="inputs",
        value=None,
        suggestion=Code(code),
        layer_type=root.layer_type,
        explicit=True,
        span=span,
        replaces=span,
        replacement=code,
        corrected=change.text,
    )


def _calls_of_names(source: Source, raised: Span) -> Iterator[ast.Call]:
    """The calls in a statement of what is neither built in nor imported."""
    known = {*vars(builtins), *names_imported(source)}
    for call in source.calls.values():
        span = source.span(call)
        root = call.func
        while isinstance(root, ast.Attribute):
            root = root.value
        is_inside = raised.line <= span.line and span.end_line <= raised.end_line
        is_own = isinstance(root, ast.Name) and root.id not in known
        if is_inside and is_own and len(call.args) == 1 and not isinstance(call.args[0], ast.Starred):
            yield call
