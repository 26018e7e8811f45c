"""What the arguments of a call are once an expression of the source is written otherwise."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shapeguard.source.expression_reading import Reader
from shapeguard.source.expressions import UNKNOWN, Display, value_in
from shapeguard.source.origins import call_of, node_of, place_of, written_in

if TYPE_CHECKING:
    from shapeguard.records.source import Argument, Construction
    from shapeguard.source.code_places import Place
    from shapeguard.source.expressions import Expression, Iteration
    from shapeguard.source.origins import Origin
    from shapeguard.source.rewriting import Rewrite


def value_rewritten(
    construction: Construction, owners: tuple[Construction, ...], name: str, origin: Origin, rewrite: Rewrite
) -> tuple[Expression, Any] | None:
    """(expression, value) of an argument once something else is written; `None` if that changes nothing in it.

    The value is `UNKNOWN` where nobody can tell it.
    """
    made = call_of(construction)
    argument = next((each for each in construction.arguments if each.name == name), None)
    if made is None or argument is None:
        return None
    place = _with_observed(place_of(construction, owners, made), made[1], argument)
    written = written_in(Reader(rewrite), made[1], argument, place)
    if written is None or written[1] == origin.expression:
        return None
    return written[1], _value_now(written[1], origin.expression, origin.value, origin.iterations)


def _with_observed(place: Place, call: ast.Call, argument: Argument) -> Place:
    """The place, where a name that is an argument, or an item of one, stands for what that was."""
    found = node_of(place.source, call, argument)
    written = found.value if isinstance(found, ast.keyword) else found
    pairs: list[tuple[Any, Any]] = [(written, argument.value)]
    if isinstance(written, ast.Tuple | ast.List) and isinstance(argument.value, list | tuple):
        pairs = list(zip(written.elts, argument.value, strict=False))
    names = {node.id: value for node, value in pairs if isinstance(node, ast.Name) and type(value) is int}
    return replace(place, numbers=({**(place.numbers[0] if place.numbers else {}), **names}, *place.numbers[1:]))


def _value_now(new: Expression, old: Expression, observed: Any, iterations: tuple[Iteration, ...]) -> Any:
    """The value of an expression; of items that stay as they are it is what was observed."""
    if new == old:
        return observed
    if isinstance(new, Display) and isinstance(old, Display) and isinstance(observed, list | tuple):
        return _items_now(new, old, observed, iterations)
    values = [value_in(new, iteration) for iteration in iterations]
    return values[0] if all(value is not UNKNOWN and value == values[0] for value in values) else UNKNOWN


def _items_now(
    new: Display, old: Display, observed: list[Any] | tuple[Any, ...], iterations: tuple[Iteration, ...]
) -> Any:
    """The value of a tuple or list, item by item; `UNKNOWN` where one is, or there are more or fewer of them."""
    if not len(new.items) == len(old.items) == len(observed):
        return UNKNOWN
    triples = zip(new.items, old.items, observed, strict=True)
    items = [_value_now(*each, iterations) for each in triples]
    return UNKNOWN if any(item is UNKNOWN for item in items) else type(observed)(items)
