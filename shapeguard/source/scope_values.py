"""Names and calculations that could be written in the place of an argument, and what they are there."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.source.attribute_following import NOTHING
from shapeguard.source.code_places import Place, text_of
from shapeguard.source.expression_reading import Reader
from shapeguard.source.expressions import Named, loops_in, value_in
from shapeguard.source.name_bindings import FUNCTIONS, binders_in, scope_of
from shapeguard.source.origins import call_of, node_of, origins_of
from shapeguard.source.reading import expression_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from shapeguard.records.source import Argument, Construction
    from shapeguard.source.expressions import Binding
    from shapeguard.source.origins import Origin

FACTORS = (2, 3, 4)
"""By which a calculation is multiplied or divided in one's head."""


@dataclass(frozen=True, slots=True)
class InPlace:
    """What may be written for an argument; `is_multiple`: a multiple of what is there, and no part or other name.

    `is_of_round`: a loop gives it a value of its own in each round, where what is written is the same in all.
    """

    text: str
    is_multiple: bool = False
    is_of_round: bool = False


def texts_for(
    construction: Construction, origin: Origin, argument: Argument, wanted: int, alike: Collection[Binding]
) -> Iterator[InPlace]:
    """What is `wanted` in the place of an argument, most natural first: a part of it, another name, a multiple of it.

    Other names are those that numbers of the same kind have, by their bindings.
    """
    made, value = call_of(construction), origin.value
    node = None if made is None else node_of(made[0], made[1], argument)
    if made is None or node is None or type(value) is not int:
        return
    source, call = made
    written = node.value if isinstance(node, ast.keyword) else node
    place = Place(source, scope_of(source, call), construction.callers)
    for read in (*_parts(written), *_names(place, call, alike)):
        if _value_of(read, place, origin) == wanted:
            varies = not loops_in(origin.expression) and bool(loops_in(Reader().read(read, place)))
            yield InPlace(read.id if isinstance(read, ast.Name) else text_of(source, read), is_of_round=varies)
    for text in _multiples(written, text_of(source, written), value, wanted):
        yield InPlace(text, is_multiple=True)


def value_of_text(construction: Construction, owners: tuple[Construction, ...], argument: str, text: str) -> int | None:
    """What a text would be in the place of an argument; `None` where that cannot be told."""
    made, origin = call_of(construction), origins_of(construction, owners).get(argument)
    written = expression_of(text)
    if made is None or origin is None or written is None:
        return None
    for node in ast.walk(written):
        ast.copy_location(node, made[1])
    value = _value_of(written, Place(made[0], scope_of(*made), construction.callers, owners), origin)
    return value if isinstance(value, int) else None


def _names(place: Place, call: ast.Call, alike: Collection[Binding]) -> Iterator[ast.Name]:
    """The names of the function that have numbers of the same kind, as they would be read in a call."""
    for name in _own_names(place):
        read = ast.copy_location(ast.Name(name, ast.Load()), call)
        expression = Reader().read(read, place)
        if isinstance(expression, Named) and expression.binding in alike:
            yield read


def _parts(written: ast.expr) -> Iterator[ast.expr]:
    """The names and calculations inside an expression, outermost first."""
    inside = (node for node in ast.walk(written) if node is not written)
    yield from (node for node in inside if isinstance(node, ast.Name | ast.Attribute | ast.BinOp))


def _own_names(place: Place) -> list[str]:
    """The names of the function that one statement or its caller gives a value."""
    if not isinstance(place.scope, FUNCTIONS):
        return []
    binders = binders_in(place.source, place.scope)
    return [name for name, nodes in binders.items() if len(nodes) == 1 and isinstance(nodes[0], ast.arg | ast.Assign)]


def _value_of(node: ast.expr, place: Place, origin: Origin) -> object:
    expression = Reader().read(node, place)
    values = [] if expression is NOTHING else [value_in(expression, iteration) for iteration in origin.iterations]
    return values[0] if values and all(type(each) is int and each == values[0] for each in values) else None


def _multiples(written: ast.expr, text: str, value: int, wanted: int) -> Iterator[str]:
    is_atom = isinstance(written, ast.Name | ast.Attribute | ast.Subscript | ast.Call)
    inside = text if is_atom else f"({text})"
    yield from (f"{factor} * {inside}" for factor in FACTORS if value * factor == wanted)
    yield from (f"{inside} // {factor}" for factor in FACTORS if wanted * factor == value)
