"""Where an argument's value comes from: the literals in the source that it is calculated from, and how.

Names are followed through parameters, attributes, constants and loops, only where one statement gives them their value.
What was observed must come out; else nothing is known.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from itertools import islice, product
from typing import TYPE_CHECKING, Any

from shapeguard.source.code_places import Place, text_of
from shapeguard.source.expression_reading import Reader
from shapeguard.source.expressions import (
    UNKNOWN,
    Display,
    KnownValue,
    Named,
    WrittenLiteral,
    line_of,
    loops_in,
    parts_in,
    path_to,
    value_in,
)
from shapeguard.source.name_bindings import scope_of
from shapeguard.source.trees import source_of
from shapeguard.source.value_equality import same_value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shapeguard.records.source import Argument, Construction, Span
    from shapeguard.source.expressions import Expression, Iteration
    from shapeguard.source.trees import Source

MOST_ITERATIONS = 256
"""Rounds of loops around a call that are compared with what it was given."""
LARGEST_SIZE = 1 << 16
"""The largest number that is tried in the place of a literal."""


@dataclass(frozen=True, slots=True)
class Origin:
    """How the value of an argument comes about.

    Attributes:
        text: What is written for the argument.
        expression: The same, with every name followed.
        iterations: The rounds of the loops around the call in which everything comes out as observed.
        value: What was observed.
    """

    text: str
    expression: Expression
    iterations: tuple[Iteration, ...]
    value: Any

    @property
    def literals(self) -> tuple[WrittenLiteral, ...]:
        """The literals that decide about the value in every iteration, each once; none of a value written out."""
        if _is_written_out(self.expression):
            return ()
        found = [_literals(self.expression, iteration) for iteration in self.iterations]
        return tuple(each for each in found[0] if all(each in others for others in found))

    def value_with(self, literal: WrittenLiteral, value: Any) -> Any:
        """What the argument would be with another value of a literal; `UNKNOWN` if nobody can tell."""
        return self._value_of(self.expression, self.value, literal, value)

    def _value_of(self, expression: Expression, observed: Any, literal: WrittenLiteral, value: Any) -> Any:
        results = [value_in(expression, iteration, (literal.span, value)) for iteration in self.iterations]
        if any(result is UNKNOWN for result in results):
            if isinstance(expression, Display) and isinstance(observed, list | tuple):
                return self._of_items(expression, observed, literal, value)
            return self._along_line(expression, observed, literal, value)
        return results[0] if all(result == results[0] for result in results) else UNKNOWN

    def _of_items(
        self, display: Display, observed: list[Any] | tuple[Any, ...], literal: WrittenLiteral, value: Any
    ) -> Any:
        """What a tuple or list would be, those of its items as observed that the literal does not decide about."""
        if len(display.items) != len(observed):
            return UNKNOWN
        pairs = zip(display.items, observed, strict=True)
        items = [
            seen
            if path_to(item, literal.span, self.iterations[0]) is None
            else self._value_of(item, seen, literal, value)
            for item, seen in pairs
        ]
        return UNKNOWN if any(item is UNKNOWN for item in items) else display.kind(items)

    def _along_line(self, expression: Expression, observed: Any, literal: WrittenLiteral, value: Any) -> Any:
        """What a multiple of the literal, or a sum with it, would be: the rest of it need not be known."""
        line = line_of(expression, literal.span, self.iterations[0])
        if line is None or not all(type(each) is int for each in (observed, value, literal.value)):
            return UNKNOWN
        if line.factor is not UNKNOWN:
            return observed + line.factor * (value - literal.value)
        is_multiple = line.rest is not UNKNOWN and line.rest == 0 and literal.value and observed % literal.value == 0
        return observed // literal.value * value if is_multiple else UNKNOWN

    def solved(self, literal: WrittenLiteral, wanted: Any) -> Any:
        """The value of a literal with which the argument is what is wanted; `UNKNOWN` if there is none."""

        def gives(value: Any) -> Any:
            return self.value_with(literal, value)

        if type(literal.value) is not int:
            candidates = [wanted]
        elif type(wanted) is int:
            candidates = [_number(gives, literal.value, wanted)]
        else:
            candidates = self._of_entries(literal, wanted)
        found = (each for each in candidates if each is not UNKNOWN and type(gives(each)) is type(wanted))
        return next((each for each in found if gives(each) == wanted), UNKNOWN)

    def _of_entries(self, literal: WrittenLiteral, wanted: Any) -> list[Any]:
        """The values of a literal with which one entry of a tuple is what is wanted."""
        if not isinstance(wanted, tuple | list) or not isinstance(self.value, tuple | list):
            return []
        entries = [place for place, pair in enumerate(zip(self.value, wanted, strict=False)) if pair[0] != pair[1]]

        def entry(place: int) -> Callable[[Any], Any]:
            return lambda value: _entry(self.value_with(literal, value), place)

        return [_number(entry(place), literal.value, wanted[place]) for place in entries if type(wanted[place]) is int]

    def leans_on_observed(self, literal: WrittenLiteral) -> bool:
        """Whether what becomes of the literal also depends on a size that the running program had there."""
        whole = self.expression
        items = whole.items if isinstance(whole, Display) else (whole,)
        decided = (item for item in items if path_to(item, literal.span, self.iterations[0]) is not None)
        parts = (part for item in decided for iteration in self.iterations for part in parts_in(item, iteration))
        return any(isinstance(part, KnownValue) and part.is_observed for part in parts)

    def names_of(self, literal: WrittenLiteral) -> tuple[Named, ...]:
        """The names through which the literal comes here, the outermost first."""
        way = path_to(self.expression, literal.span, self.iterations[0]) or ()
        return tuple(each for each in way[:-1] if isinstance(each, Named))

    @property
    def uses(self) -> frozenset[Span]:
        """Where the names that decide about the value are read on the way."""
        parts = (part for iteration in self.iterations for part in parts_in(self.expression, iteration))
        return frozenset(part.use for part in parts if isinstance(part, Named))


def _literals(expression: Expression, iteration: Iteration) -> list[WrittenLiteral]:
    found = [part for part in parts_in(expression, iteration) if isinstance(part, WrittenLiteral)]
    return list({part.span: part for part in found}.values())


def _is_written_out(expression: Expression) -> bool:
    items = expression.items if isinstance(expression, Display) else ()
    return isinstance(expression, WrittenLiteral) or (bool(items) and all(map(_is_written_out, items)))


def _entry(value: Any, place: int) -> Any:
    return value[place] if isinstance(value, tuple | list) and place < len(value) else UNKNOWN


def _number(gives: Callable[[int], Any], now: int, wanted: int) -> Any:
    """The number that gives what is wanted: in proportion, by the difference, else the least where `gives` rises."""
    observed = gives(now)
    if type(observed) is not int:
        return UNKNOWN
    if observed and (now * wanted) % observed == 0 and gives(now * wanted // observed) == wanted:
        return now * wanted // observed
    if gives(now + wanted - observed) == wanted:
        return now + wanted - observed
    low, high = 1, LARGEST_SIZE
    rises = _rises(gives, now)
    while low < high:
        middle = (low + high) // 2
        result = gives(middle)
        if result is UNKNOWN:
            return UNKNOWN
        enough = result >= wanted if rises else result <= wanted
        low, high = (low, middle) if enough else (middle + 1, high)
    return low if gives(low) == wanted else UNKNOWN


def _rises(gives: Callable[[int], Any], now: int) -> bool:
    lower, upper = gives(now), gives(2 * abs(now) + 1)
    return upper is UNKNOWN or lower is UNKNOWN or bool(upper >= lower)


def origins_of(construction: Construction, owners: tuple[Construction, ...] = ()) -> Mapping[str, Origin]:
    """The origins of the arguments of a call, by name; of those that are more than a literal and certain.

    `owners` are the constructor calls of the layers around the one that the call makes, innermost first: attributes
    that a layer reads in its `build` were given to it there.
    """
    made = call_of(construction)
    if made is None or construction.indirect:
        return {}
    place, call = place_of(construction, owners, made), made[1]
    reader = Reader()
    expressions = {
        argument.name: (argument, *found)
        for argument in construction.arguments
        if (found := written_in(reader, call, argument, place)) is not None
    }
    own = [(argument.value, expression) for argument, _, expression in expressions.values()]
    iterations = _iterations([*own, *_of_owners(reader, owners)]) or _iterations(own)
    if not iterations:
        return {}
    return {
        name: Origin(text, expression, iterations, argument.value)
        for name, (argument, text, expression) in expressions.items()
        if _comes_out(expression, iterations, argument.value)
    }


def place_of(construction: Construction, owners: tuple[Construction, ...], made: tuple[Source, ast.Call]) -> Place:
    """Where the arguments of a call are evaluated."""
    source, call = made
    return Place(source, scope_of(source, call), construction.callers, owners, numbers=construction.numbers)


def _of_owners(reader: Reader, owners: tuple[Construction, ...]) -> list[tuple[Any, Expression]]:
    """The arguments of the layers around, which tell in which round of a loop these were made."""
    found = []
    for number, owner in enumerate(owners):
        made = None if owner.indirect else call_of(owner)
        if made is not None:
            place = Place(made[0], scope_of(*made), owner.callers, owners[number + 1 :])
            written = ((each.value, written_in(reader, made[1], each, place)) for each in owner.arguments)
            found += [(value, pair[1]) for value, pair in written if pair is not None]
    return found


def call_of(construction: Construction) -> tuple[Source, ast.Call] | None:
    """The constructor call in its file; `None` if its source is not at hand."""
    source = None if construction.call is None else source_of(construction.call.file)
    call = source.call_ending(construction.call) if source is not None and construction.call is not None else None
    return None if source is None or call is None else (source, call)


def written_in(reader: Reader, call: ast.Call, argument: Argument, place: Place) -> tuple[str, Expression] | None:
    """(text, expression) of what is written for an argument; `None` if it is not at its place."""
    found = node_of(place.source, call, argument)
    if found is None:
        return None
    if isinstance(found, ast.expr) and not isinstance(found, ast.Starred):
        return text_of(place.source, found), reader.read(found, place)
    if isinstance(found, ast.keyword) and found.arg is not None:
        return text_of(place.source, found.value), reader.read(found.value, place)
    spread = reader.spread(call, argument, place)
    return None if spread is None else (text_of(place.source, found), spread)


def node_of(source: Source, call: ast.Call, argument: Argument) -> ast.expr | ast.keyword | None:
    """What is written for an argument of a call; `None` if it is not at its place."""
    nodes: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
    if argument.span is None:
        return None
    return next((node for node in nodes if source.span(node) == argument.span), None)


def _iterations(arguments: list[tuple[Any, Expression]]) -> tuple[Iteration, ...]:
    """The rounds of all loops around in which each argument comes out as observed, as far as it can be told."""
    loops: dict[Span, int] = {}
    for _, expression in arguments:
        loops |= loops_in(expression)
    rounds = product(*(range(count) for count in loops.values()))
    iterations = [dict(zip(loops, numbers, strict=True)) for numbers in islice(rounds, MOST_ITERATIONS + 1)]
    if len(iterations) > MOST_ITERATIONS:
        return ()
    of_loops = [(value, expression) for value, expression in arguments if loops_in(expression)]
    return tuple(
        iteration for iteration in iterations if all(_may_be(value_in(e, iteration), value) for value, e in of_loops)
    )


def _may_be(value: Any, observed: Any) -> bool:
    return value is UNKNOWN or same_value(value, observed)


def _comes_out(expression: Expression, iterations: tuple[Iteration, ...], observed: Any) -> bool:
    """Whether the value is the observed one in every iteration, as far as it can be told."""
    return all(_may_be(value_in(expression, iteration), observed) for iteration in iterations)
