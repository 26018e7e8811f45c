"""Edits of whole calls: of a function that makes an application, of a constructor call that raised."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.records.findings import Edit

if TYPE_CHECKING:
    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.repairs import ChangeApplication
    from shapeguard.diagnosis.rewritten_calls import RewriteCall
    from shapeguard.records.source import Argument, Construction, Correction, Span

APPLICATION_DEFAULTS = {"include_top": True, "pooling": None, "classes": 1000}


def edits_of_application(analysis: Analysis, repair: ChangeApplication) -> list[Edit]:
    """The arguments of the user's call of a `keras.applications` function."""
    construction, changes = repair.call.construction, dict(repair.arguments)
    if construction is None:
        return []
    layer = next((str(a.value) for a in construction.arguments if a.name == "name"), construction.layer_type.lower())
    correction = analysis.problem.correct(construction, changes)
    edits = []
    for name, suggestion in repair.arguments:
        argument = first_argument(construction, (name,))
        edits.append(
            Edit(
                layer=layer,
                argument=name,
                value=APPLICATION_DEFAULTS.get(name) if argument is None else argument.value,
                suggestion=suggestion,
                layer_type=construction.layer_type,
                layers=(layer,),
                span_layers=(layer,),
                position=None if argument is None else argument.position,
                explicit=argument is not None,
                span=span_of(construction, argument),
                replaces=correction.replaces,
                replacement=correction.replacement,
                corrected=correction.text,
                callers=construction.callers,
            )
        )
    return edits


def edits_of_call(analysis: Analysis, repair: RewriteCall) -> list[Edit]:
    """What becomes of each argument of a constructor call that raised: another name, another value or both."""
    construction = repair.construction
    spelled, new = repair.spelled, repair.new
    renamed = {old: now and (now[0], spelled.get(now[0], now[1])) for old, now in new.renamed.items()}
    names = {now[0] for now in renamed.values() if now is not None}
    values = {**new.values, **{name: code for name, code in spelled.items() if name not in names}}
    correction = analysis.problem.correct(construction, values, renamed)
    return [
        replace(
            edit_of_written(construction, argument, value, correction),
            argument=name,
            value=argument.value if name == argument.name else None,
        )
        for argument, name, value in repair.edits
    ]


def edit_of_written(construction: Construction, argument: Argument, suggestion: object, correction: Correction) -> Edit:
    """The edit of an argument that is written in a call of the user's."""
    return Edit(
        layer=construction.layer,
        argument=argument.name,
        value=argument.value,
        suggestion=suggestion,
        layer_type=construction.layer_type,
        layers=(construction.layer,),
        span_layers=(construction.layer,),
        position=argument.position,
        explicit=True,
        span=argument.span,
        replaces=correction.replaces,
        replacement=correction.replacement,
        corrected=correction.text,
        callers=construction.callers,
    )


def span_of(construction: Construction | None, argument: Argument | None) -> Span | None:
    """Where an argument is written; the whole call if it is not."""
    if construction is None or construction.indirect:
        return None
    if argument is not None and argument.span is not None:
        return argument.span
    return construction.call


def first_argument(construction: Construction | None, names: tuple[str, ...]) -> Argument | None:
    """The first of these arguments that a call has; `None` if it has none of them."""
    if construction is None:
        return None
    return next((a for n in names for a in construction.arguments if a.name == n), None)
