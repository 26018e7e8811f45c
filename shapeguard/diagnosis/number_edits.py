"""A change of a number as an edit of the source, and the words about it: the literal, and all that follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.argument_values import value_of
from shapeguard.records.findings import Edit, Following
from shapeguard.source.literal_edits import literal_place, with_literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.number_change import ChangeNumber
    from shapeguard.diagnosis.number_homes import Reached
    from shapeguard.records.source import Argument, Construction, Span
    from shapeguard.source.literal_edits import LiteralPlace

MOST_FOLLOWING = 6
"""Layers that are listed with what becomes of them."""


def edit_of_number(analysis: Analysis, repair: ChangeNumber) -> Edit:
    """The edit of the literal; of one that stands in the layer's own call it is one of the layer's argument."""
    node = analysis.graph.nodes[repair.nodes[0]]
    reached = analysis.homes.reached(repair)
    place, correction = literal_place(repair.literal.span), with_literal(repair.literal.span, repair.value)
    following = _following(analysis, repair)
    layers = tuple(dict.fromkeys(each.layer for each in following))
    name = _name_at_home(reached[0], repair)
    construction = node.construction
    argument = _argument(construction, repair.argument)
    is_own = argument is not None and not name
    first = following[0]
    return Edit(
        layer=layers[0],
        argument=first.argument if is_own else name,
        value=first.value if is_own else repair.literal.value,
        suggestion=first.suggestion if is_own else repair.value,
        layer_type=node.call.layer_type,
        layers=layers,
        span_layers=layers,
        position=argument.position if is_own and argument is not None else place.position,
        explicit=True,
        span=argument.span if is_own and argument is not None else repair.literal.span,
        replaces=correction.replaces,
        replacement=correction.replacement,
        corrected=correction.text,
        callers=construction.callers if is_own and construction is not None else _callers(construction, place),
        home="" if is_own else place.words,
        following=following,
    )


def _following(analysis: Analysis, repair: ChangeNumber) -> tuple[Following, ...]:
    """What becomes of each argument of each layer."""
    nodes = analysis.graph.nodes
    return tuple(
        Following(nodes[index].call.layer, name, _now(analysis, index, repair, name), value)
        for index, change in repair.changes
        for name, value in change.arguments
    )


def _now(analysis: Analysis, index: int, repair: ChangeNumber, name: str) -> object:
    node = analysis.graph.nodes[index]
    if node.is_input:
        argument = _argument(node.construction, name)
        return None if argument is None else argument.value
    return value_of(node.config, dict(repair.changes)[index], name)


def _name_at_home(reached: Reached, repair: ChangeNumber) -> str:
    """The name that the literal itself is given; "" if it stands in the layer's own call."""
    names = reached.origin.names_of(repair.literal)
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
    reached = analysis.homes.reached(repair)
    first = reached[0]
    construction = analysis.graph.nodes[first.node].construction
    callee = "" if construction is None else construction.written_name or construction.layer_type
    steps = [each.step for each in reversed(first.origin.names_of(repair.literal))]
    lines = [" -> ".join([*steps, f"{callee.rpartition('.')[2]}({first.origin.text})"])]
    return [*lines, *_listed(_following(analysis, repair))]


def _listed(following: Sequence[Following]) -> list[str]:
    """`'conv2d': filters 24 -> 32`, one for each layer."""
    lines = [f"'{each.layer}': {each.argument} {each.value!r} -> {each.suggestion!r}" for each in following]
    more = len(lines) - MOST_FOLLOWING
    return lines if more <= 0 else [*lines[:MOST_FOLLOWING], f"and {more} more"]
