"""A change of a number as an edit of the source, and the words about it: the literal, and all that follows from it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.diagnosis.argument_text import quoted
from shapeguard.diagnosis.argument_values import value_of
from shapeguard.records.findings import Edit, Following
from shapeguard.source.literal_edits import literal_place, replaced_in, with_literal
from shapeguard.source.literals import Code
from shapeguard.source.trees import source_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.dependents import Dependent
    from shapeguard.diagnosis.number_change import ChangeNumber
    from shapeguard.layers import Change
    from shapeguard.records.source import Argument, Construction, Span
    from shapeguard.source.literal_edits import LiteralPlace

MOST_FOLLOWING = 6
"""Layers that are listed with what becomes of them."""


def edit_of_number(analysis: Analysis, repair: ChangeNumber) -> Edit:
    """The edit of the literal; of one that stands in the layer's own call it is one of the layer's argument."""
    construction = _construction(analysis, repair)
    argument = _argument(construction, repair.argument)
    name = _name_at_home(analysis.homes.dependents(repair)[0], repair)
    if name or argument is None:
        return _of_home(analysis, repair, name)
    edit, first = _edit(analysis, repair), _following(analysis, repair)[0]
    return replace(
        edit,
        argument=first.argument,
        value=first.value,
        suggestion=first.suggestion if repair.rewrite is None else _rewritten(argument, edit),
        position=argument.position,
        span=argument.span,
        callers=() if construction is None else construction.callers,
    )


def _rewritten(argument: Argument, edit: Edit) -> Code:
    """The text of an argument in which a part is written otherwise."""
    source = None if argument.span is None else source_of(argument.span.file)
    if source is None or argument.span is None or edit.replaces is None:
        return Code(edit.replacement or "")
    text = replaced_in(source, argument.span, edit.replaces, edit.replacement or "")
    return Code(text.removeprefix(argument.name).lstrip().removeprefix("=").lstrip())


def _of_home(analysis: Analysis, repair: ChangeNumber, name: str) -> Edit:
    construction = _construction(analysis, repair)
    place = literal_place(repair.literal.span)
    edit = _edit(analysis, repair)
    callers = _callers(construction, place)
    return replace(edit, argument=name, position=place.position, callers=callers, home=place.words)


def _edit(analysis: Analysis, repair: ChangeNumber) -> Edit:
    """What both kinds have in common."""
    following, correction = _following(analysis, repair), with_literal(repair.literal.span, repair.value)
    layers = tuple(dict.fromkeys(each.layer for each in following))
    return Edit(
        layer=layers[0],
        argument="",
        value=repair.literal.value,
        suggestion=repair.value,
        layer_type=_layer_type(analysis, repair),
        layers=layers,
        span_layers=layers,
        explicit=True,
        span=repair.literal.span,
        replaces=correction.replaces,
        replacement=correction.replacement,
        corrected=correction.text,
        following=following,
    )


def _following(analysis: Analysis, repair: ChangeNumber) -> tuple[Following, ...]:
    """What becomes of each argument of each layer."""
    return tuple(
        Following(_layer(analysis, index, change), name, _now(analysis, index, change, name), value)
        for index, change in repair.changes
        for name, value in change.arguments
    )


def _construction(analysis: Analysis, repair: ChangeNumber) -> Construction | None:
    """How the first layer was made."""
    return analysis.homes.construction_of(repair.nodes[0], repair.change.inner)


def _layer_type(analysis: Analysis, repair: ChangeNumber) -> str:
    made = _construction(analysis, repair)
    return analysis.graph.nodes[repair.nodes[0]].call.layer_type if made is None else made.layer_type


def _layer(analysis: Analysis, index: int, change: Change) -> str:
    """The name of the layer that changes, wrapped or not."""
    made = analysis.homes.construction_of(index, change.inner) if change.inner else None
    return analysis.graph.nodes[index].call.layer if made is None else made.layer


def _now(analysis: Analysis, index: int, change: Change, name: str) -> object:
    node = analysis.graph.nodes[index]
    if node.is_input:
        argument = _argument(node.construction, name)
        return None if argument is None else argument.value
    return value_of(node.config, change, name)


def _name_at_home(dependents: Dependent, repair: ChangeNumber) -> str:
    """The name that the literal itself is given; "" if it stands in the layer's own call."""
    names = dependents.origin.names_of(repair.literal)
    return names[-1].name if names else ""


def _argument(construction: Construction | None, name: str) -> Argument | None:
    arguments = () if construction is None else construction.arguments
    return next((each for each in arguments if each.name == name), None)


def _callers(construction: Construction | None, place: LiteralPlace) -> tuple[Span, ...]:
    """The calls above the one that the literal is passed to."""
    callers = () if construction is None else construction.callers
    return callers[callers.index(place.call) + 1 :] if place.call is not None and place.call in callers else ()


def lines_of_number(analysis: Analysis, repair: ChangeNumber) -> list[str]:
    """How the number comes to the first layer, and what becomes of each layer."""
    dependents = analysis.homes.dependents(repair)
    first = dependents[0]
    construction = analysis.homes.construction_of(first.node, first.inner)
    callee = "" if construction is None else construction.written_name or construction.layer_type
    steps = [each.step for each in reversed(first.origin.names_of(repair.literal))]
    lines = [" -> ".join([*steps, f"{callee.rpartition('.')[2]}({first.origin.text})"])]
    return [*lines, *_listed(_following(analysis, repair))]


def _listed(following: Sequence[Following]) -> list[str]:
    """`'conv2d': filters 24 -> 32`, one for each layer."""
    lines = [f"{quoted(each.layer)}: {each.argument} {each.value!r} -> {each.suggestion!r}" for each in following]
    more = len(lines) - MOST_FOLLOWING
    return lines if more <= 0 else [*lines[:MOST_FOLLOWING], f"and {more} more"]
