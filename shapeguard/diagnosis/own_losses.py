"""A loss or metric of the user's own that raises, and takes what it is given with one expression written otherwise."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING

from shapeguard.diagnosis.expression_edits import edit_of_expression, expression_texts
from shapeguard.diagnosis.headline import refusal_text
from shapeguard.diagnosis.own_functions import dependences, functions_of
from shapeguard.diagnosis.proposers.own_expressions import written_otherwise
from shapeguard.diagnosis.what_keras_said import original_of
from shapeguard.records.findings import Cause, Diagnosis
from shapeguard.source import frames
from shapeguard.source.compiled_otherwise import running

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.compared_targets import Compared
    from shapeguard.diagnosis.own_functions import OwnFunction, Place
    from shapeguard.diagnosis.rewritten_expressions import RewriteExpression
    from shapeguard.records.source import Span
    from shapeguard.records.targets import OwnCode

ENOUGH = 3
"""Expressions written otherwise with which a loss runs: further ones are less likely, and not tried."""


def slipped_loss(analysis: Analysis, compared: Compared, code: Sequence[OwnCode]) -> Diagnosis | None:
    """The diagnosis of the first of these that raises where the user's code stands, if a slip there is in sight."""
    for each in code:
        raised = _raised(each, compared)
        places = [] if raised is None else _places_of(raised)
        functions = functions_of(each.called) if places else []
        node = analysis.graph.producer[analysis.graph.network.outputs[compared.slot]]
        found = list(_fitting(analysis, compared, each, written_otherwise(dependences(functions, places), node)))
        if found:
            return _diagnosis(analysis, compared, each, functions, places[0][0], found)
    return None


def _raised(code: OwnCode, compared: Compared) -> Exception | None:
    """What a loss or metric raises of the shapes that it is given; `None` if it runs, or they are not known."""
    if None in compared.targets or None in compared.output:
        return None
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # it would be printed once for each expression
            code.run(compared.targets, compared.values.dtype, compared.output)
    except Exception as raised:  # noqa: BLE001  what the user's own code raises is the answer
        return raised
    return None


def _places_of(raised: Exception) -> list[Place]:
    """The user's lines that an exception came through, innermost first."""
    found: list[Place] = []
    trace = raised.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        span = None if frames.is_library(code.co_filename) else frames.line_in(code, trace.tb_lineno)
        if span is not None:
            found.append((span, None))
        trace = trace.tb_next
    return found[::-1]


def _fitting(
    analysis: Analysis, compared: Compared, code: OwnCode, repairs: Iterator[RewriteExpression]
) -> Iterator[RewriteExpression]:
    """The slips without which the loss runs, as many as are worth being told."""
    count = 0
    for repair in repairs:
        if count == ENOUGH or not analysis.budget.spend("own loss"):
            return
        with running(repair.function, repair.code):
            runs = _raised(code, compared) is None
        if runs:
            count += 1
            yield repair


def _diagnosis(
    analysis: Analysis,
    compared: Compared,
    code: OwnCode,
    functions: Sequence[OwnFunction],
    place: Span,
    found: Sequence[RewriteExpression],
) -> Diagnosis:
    failure = analysis.problem.failure
    text = "" if failure is None else refusal_text(failure.text)
    name = next((each.definition.name for each in functions if each.holds(place)), code.name)
    return Diagnosis(
        code="SG601",
        layer=code.name,
        layer_type=compared.loss.written,
        causes=tuple(_cause(analysis, code, each) for each in found),
        original=original_of(failure),
        headline=f"{code.kind} '{code.name}', line {place.line} in {name}: {text}".rstrip(": "),
        raised_at=place,
    )


def _cause(analysis: Analysis, code: OwnCode, repair: RewriteExpression) -> Cause:
    title, label, explanation, note = expression_texts(repair)
    return Cause(
        "loss",
        (edit_of_expression(analysis, repair),),
        confidence="possible",
        proven_by="rebuilt",
        title=title,
        label=label,
        explanation=explanation,
        fix_note=note,
        proof=f"your {code.kind} takes these shapes",
    )
