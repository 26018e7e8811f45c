"""Expressions as values: the literals behind an argument, and what the argument is once one of them is another."""

from __future__ import annotations

import operator
from dataclasses import dataclass, replace
from math import ceil, floor
from typing import TYPE_CHECKING, Any, assert_never

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from shapeguard.records.source import Span

    Iteration = Mapping[Span, int]  # the round in which each loop is
    Changed = tuple[Span, Any]  # a literal's place, and its other value

UNKNOWN: Any = object()
"""The value of what only running the program would tell."""
LARGEST = 1 << 40
"""Numbers beyond it are no sizes: `2**k` of a wrong guess would take the machine's memory."""
MOST_EXPONENT = 64
REWRITTEN = "<rewritten>"
"""The name under which an expression is read that is written in the place of another one."""


@dataclass(frozen=True, slots=True)
class WrittenLiteral:
    """A literal in the source, which an edit may replace."""

    span: Span
    value: Any


@dataclass(frozen=True, slots=True)
class KnownValue:
    """A value that no literal of its own stands for, as the number of a round; `UNKNOWN` if nobody tells it.

    `is_observed`: it is what the running program had there, as a size of a tensor.
    """

    value: Any
    is_observed: bool = False


@dataclass(frozen=True, slots=True)
class Binding:
    """A name, or an attribute of a class, that was given a value: `scope` is where that holds.

    Of a dictionary it is what it has under the `key`.
    """

    scope: Span
    name: str
    is_attribute: bool = False
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """The value of a name: `step` says what gives it, `use` where it is read, `binding` what gave it.

    `step` is as in the source: `width=24`, `filters = width * 2`, `size in (32, 64)`.
    """

    name: str
    step: str
    inner: Expression
    use: Span
    binding: Binding


@dataclass(frozen=True, slots=True)
class Calculated:
    """An operator or a function of Python on others: `width * 2`, `int(width)`."""

    function: Callable[..., Any]
    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Display:
    """A tuple or list of others."""

    kind: type[tuple[Any, ...] | list[Any]]
    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """`then` if `test` is true, else `otherwise`."""

    test: Expression
    then: Expression
    otherwise: Expression


@dataclass(frozen=True, slots=True)
class EachRound:
    """What a loop gives a name in each of its rounds; `loop` is the place of the loop, one round for all its names."""

    loop: Span
    rounds: tuple[Expression, ...]


Expression = WrittenLiteral | KnownValue | Named | Calculated | Display | Either | EachRound


def value_in(expression: Expression, iteration: Iteration, changed: Changed | None = None) -> Any:
    """What the expression is in an iteration, with a literal changed; `UNKNOWN` if that cannot be told."""
    match expression:
        case WrittenLiteral():
            return _literal_in(expression, changed)
        case KnownValue():
            return expression.value
        case Named():
            return value_in(expression.inner, iteration, changed)
        case Calculated():
            return _applied(expression.function, _values(expression.operands, iteration, changed))
        case Display():
            items = _values(expression.items, iteration, changed)
            return UNKNOWN if any(item is UNKNOWN for item in items) else expression.kind(items)
        case Either() | EachRound():
            chosen = chosen_in(expression, iteration, changed)
            return UNKNOWN if chosen is None else value_in(chosen, iteration, changed)
        case _:
            assert_never(expression)


def _literal_in(literal: WrittenLiteral, changed: Changed | None) -> Any:
    return changed[1] if changed is not None and changed[0] == literal.span else literal.value


def _values(expressions: tuple[Expression, ...], iteration: Iteration, changed: Changed | None) -> list[Any]:
    return [value_in(each, iteration, changed) for each in expressions]


def chosen_in(
    expression: Either | EachRound, iteration: Iteration, changed: Changed | None = None
) -> Expression | None:
    """Which of several expressions counts in an iteration; `None` if that cannot be told."""
    if isinstance(expression, EachRound):
        number = iteration.get(expression.loop)
        return expression.rounds[number] if number is not None and number < len(expression.rounds) else None
    decided = value_in(expression.test, iteration, changed)
    if decided is UNKNOWN:
        return None
    return expression.then if decided else expression.otherwise


def _applied(function: Callable[..., Any], values: list[Any]) -> Any:
    if any(value is UNKNOWN for value in values):
        return UNKNOWN
    if function is operator.pow and not (isinstance(values[1], int) and 0 <= values[1] <= MOST_EXPONENT):
        return UNKNOWN
    if any(isinstance(value, int) and abs(value) > LARGEST for value in values):
        return UNKNOWN
    try:
        return function(*values)
    except (TypeError, ValueError, ArithmeticError, LookupError):
        return UNKNOWN


def with_round(expression: Expression, loop: Span, number: int) -> Expression:
    """The expression in one round of a loop."""
    match expression:
        case EachRound() if expression.loop == loop:
            return expression.rounds[number]
        case _:
            return _with_inside(expression, lambda each: with_round(each, loop, number))


def without_literals(expression: Expression) -> Expression:
    """The expression with its literals as mere values: an index, or the base of a power, is no size."""
    if isinstance(expression, WrittenLiteral):
        return KnownValue(expression.value)
    return _with_inside(expression, without_literals)


def _with_inside(expression: Expression, changed: Callable[[Expression], Expression]) -> Expression:
    """The expression with another one in the place of each that is in it."""
    match expression:
        case WrittenLiteral() | KnownValue():
            return expression
        case Named():
            return replace(expression, inner=changed(expression.inner))
        case Calculated():
            return replace(expression, operands=tuple(map(changed, expression.operands)))
        case Display():
            return replace(expression, items=tuple(map(changed, expression.items)))
        case Either():
            return Either(changed(expression.test), changed(expression.then), changed(expression.otherwise))
        case EachRound():
            return replace(expression, rounds=tuple(map(changed, expression.rounds)))
        case _:
            assert_never(expression)


def parts_in(expression: Expression, iteration: Iteration) -> Iterator[Expression]:
    """The expression and those in it that decide about its value in an iteration."""
    yield expression
    for each in _inside(expression, iteration):
        yield from parts_in(each, iteration)


def _inside(expression: Expression, iteration: Iteration) -> tuple[Expression, ...]:
    match expression:
        case WrittenLiteral() | KnownValue():
            return ()
        case Named():
            return (expression.inner,)
        case Calculated():
            return expression.operands
        case Display():
            return expression.items
        case Either() | EachRound():
            chosen = chosen_in(expression, iteration)
            return () if chosen is None else (chosen,)
        case _:
            assert_never(expression)


def loops_in(expression: Expression) -> dict[Span, int]:
    """The loops that decide about the value, each with its number of rounds."""
    match expression:
        case EachRound(loop=loop, rounds=rounds):
            inside = [loops_in(each) for each in rounds]
            return {loop: len(rounds)} | {key: count for each in inside for key, count in each.items()}
        case Either(test=test, then=then, otherwise=otherwise):
            return loops_in(test) | loops_in(then) | loops_in(otherwise)
        case _:
            return {key: count for each in _inside(expression, {}) for key, count in loops_in(each).items()}


def says_nothing(expression: Expression) -> bool:
    """Whether an expression has no value that is known, and no literal that could decide about one."""
    is_open = not loops_in(expression) and value_in(expression, {}) is UNKNOWN
    return is_open and not any(_is_written(part) for part in parts_in(expression, {}))


def _is_written(part: Expression) -> bool:
    return isinstance(part, WrittenLiteral) or (isinstance(part, Named) and part.name == REWRITTEN)


def path_to(expression: Expression, place: Span, iteration: Iteration) -> tuple[Expression, ...] | None:
    """The way from the expression down to the literal, or what was rewritten, at a place; `None` if it is not in it."""
    if isinstance(expression, WrittenLiteral):
        return (expression,) if expression.span == place else None
    if isinstance(expression, Named) and (expression.name, expression.use) == (REWRITTEN, place):
        return (expression,)
    for each in _inside(expression, iteration):
        way = path_to(each, place, iteration)
        if way is not None:
            return (expression, *way)
    return None


@dataclass(frozen=True, slots=True)
class Line:
    """A value that is `factor` times a literal and `rest` more; each may be `UNKNOWN`."""

    factor: Any
    rest: Any


def line_of(expression: Expression, place: Span, iteration: Iteration) -> Line | None:
    """How the value depends on the literal at a place; `None` if it is neither a multiple nor a sum of it."""
    if path_to(expression, place, iteration) is None:
        return Line(0, value_in(expression, iteration))
    match expression:
        case WrittenLiteral():
            return Line(1, 0)
        case Named():
            return line_of(expression.inner, place, iteration)
        case Calculated(function=function, operands=(left, right)) if function in _LINEAR:
            lines = line_of(left, place, iteration), line_of(right, place, iteration)
            return None if lines[0] is None or lines[1] is None else _combined(function, lines[0], lines[1])
        case Either() | EachRound():
            chosen = chosen_in(expression, iteration)
            return None if chosen is None else line_of(chosen, place, iteration)
        case _:
            return None


_LINEAR = (operator.add, operator.sub, operator.mul)


def _combined(function: Callable[..., Any], left: Line, right: Line) -> Line | None:
    if function is not operator.mul:
        return Line(_applied(function, [left.factor, right.factor]), _applied(function, [left.rest, right.rest]))
    if left.factor == 0:
        left, right = right, left
    return Line(_times(left.factor, right.rest), _times(left.rest, right.rest)) if right.factor == 0 else None


def _times(one: Any, other: Any) -> Any:
    return (
        0 if any(each is not UNKNOWN and each == 0 for each in (one, other)) else _applied(operator.mul, [one, other])
    )


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "int": int,
    "round": round,
    "max": max,
    "min": min,
    "abs": abs,
    "len": len,
    "tuple": tuple,
    "list": list,
    "ceil": ceil,
    "floor": floor,
}
"""Functions of Python that programs calculate sizes with."""
