"""Size formulas such as `2*(n+1)`: their syntax tree, how it prints, and its exact value within bounds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

# What the frameworks hold in an int64; a formula may pass through larger values on its way to a size.
MAX_SIZE = 2**63 - 1
MAX_BITS = 256


@dataclass(frozen=True, slots=True)
class Number:
    """A size written as digits."""

    value: int


@dataclass(frozen=True, slots=True)
class Name:
    """A symbol, whose size is found by unifying."""

    name: str


@dataclass(frozen=True, slots=True)
class Variable:
    """`{name}`: a variable of the function that builds the model; a dotted path is kept as it is written."""

    name: str


@dataclass(frozen=True, slots=True)
class Negation:
    """The operand with its sign changed."""

    operand: Formula


@dataclass(frozen=True, slots=True)
class Operation:
    """Two operands and an operator of `OPERATORS`."""

    operator: str
    left: Formula
    right: Formula


@dataclass(frozen=True, slots=True)
class Function:
    """One of `FUNCTIONS` and its arguments."""

    name: str
    arguments: tuple[Formula, ...]


Formula = Number | Name | Variable | Negation | Operation | Function


class FormulaError(ArithmeticError):
    """A formula has no value that can be a size; the text says why."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """An exact quotient in lowest terms, the denominator above 0."""

    numerator: int
    denominator: int = 1


def _ratio(numerator: int, denominator: int = 1) -> Ratio:
    if denominator == 0:
        message = "it divides by zero"
        raise FormulaError(message)
    if max(numerator.bit_length(), denominator.bit_length()) > MAX_BITS:
        message = "its value is too large"
        raise FormulaError(message)
    divisor = math.gcd(numerator, denominator) * (1 if denominator > 0 else -1)
    return Ratio(numerator // divisor, denominator // divisor)


def _add(left: Ratio, right: Ratio) -> Ratio:
    numerator = left.numerator * right.denominator + right.numerator * left.denominator
    return _ratio(numerator, left.denominator * right.denominator)


def _negate(value: Ratio) -> Ratio:
    return Ratio(-value.numerator, value.denominator)


def _subtract(left: Ratio, right: Ratio) -> Ratio:
    return _add(left, _negate(right))


def _multiply(left: Ratio, right: Ratio) -> Ratio:
    return _ratio(left.numerator * right.numerator, left.denominator * right.denominator)


def _divide(left: Ratio, right: Ratio) -> Ratio:
    return _ratio(left.numerator * right.denominator, left.denominator * right.numerator)


def _floor(value: Ratio) -> Ratio:
    return Ratio(value.numerator // value.denominator)


def _ceil(value: Ratio) -> Ratio:
    return _negate(_floor(_negate(value)))


def _floor_divide(left: Ratio, right: Ratio) -> Ratio:
    return _floor(_divide(left, right))


def _modulo(left: Ratio, right: Ratio) -> Ratio:
    return _subtract(left, _multiply(_floor_divide(left, right), right))


def _power(base: Ratio, exponent: Ratio) -> Ratio:
    if exponent.denominator != 1:
        message = "an exponent is not a whole number"
        raise FormulaError(message)
    times = abs(exponent.numerator)
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    # Checked before the power is taken: 2**2**99999 must cost nothing.
    if times > MAX_BITS or bits * times > 2 * MAX_BITS:
        if base.denominator == 1 and base.numerator in (0, 1):
            return base
        message = "its value is too large"
        raise FormulaError(message)
    power = Ratio(base.numerator**times, base.denominator**times)
    if exponent.numerator < 0:
        return _divide(Ratio(1), power)
    return _ratio(power.numerator, power.denominator)


def _less(left: Ratio, right: Ratio) -> bool:
    return left.numerator * right.denominator < right.numerator * left.denominator


def _minimum(first: Ratio, *others: Ratio) -> Ratio:
    for other in others:
        first = other if _less(other, first) else first
    return first


def _maximum(first: Ratio, *others: Ratio) -> Ratio:
    for other in others:
        first = other if _less(first, other) else first
    return first


def _absolute(value: Ratio) -> Ratio:
    return Ratio(abs(value.numerator), value.denominator)


@dataclass(frozen=True, slots=True)
class Operator:
    """How tightly an operator binds, and what it does; `**` alone groups from the right, as in Python."""

    strength: int
    apply: Callable[[Ratio, Ratio], Ratio]


OPERATORS: Mapping[str, Operator] = {
    "+": Operator(1, _add),
    "-": Operator(1, _subtract),
    "*": Operator(2, _multiply),
    "/": Operator(2, _divide),
    "//": Operator(2, _floor_divide),
    "%": Operator(2, _modulo),
    "**": Operator(4, _power),
}
NEGATION_STRENGTH = 3
ATOM_STRENGTH = 5

# name -> (fewest arguments, most arguments, what it does)
FUNCTIONS: Mapping[str, tuple[int, int, Callable[..., Ratio]]] = {
    "min": (1, 64, _minimum),
    "max": (1, 64, _maximum),
    "ceil": (1, 1, _ceil),
    "floor": (1, 1, _floor),
    "abs": (1, 1, _absolute),
}


def size_of(formula: Formula, sizes: Mapping[str, int]) -> int:
    """The size that `formula` stands for, once every one of its names has a value in `sizes`.

    Raises `FormulaError` where the value is negative, not whole, or too large, and `KeyError` for a name without a
    value.
    """
    value = _value(formula, sizes)
    if value.denominator != 1:
        message = f"its value is {value.numerator}/{value.denominator}, not a whole number"
        raise FormulaError(message)
    if value.numerator < 0:
        message = f"its value is {value.numerator}, which is negative"
        raise FormulaError(message)
    if value.numerator > MAX_SIZE:
        message = "its value is too large"
        raise FormulaError(message)
    return value.numerator


def _value(formula: Formula, sizes: Mapping[str, int]) -> Ratio:
    match formula:
        case Number(value):
            return Ratio(value)
        case Name(name):
            return Ratio(sizes[name])
        case Variable(name):
            return Ratio(sizes[f"{{{name}}}"])
        case Negation(operand):
            return _negate(_value(operand, sizes))
        case Operation(operator, left, right):
            return OPERATORS[operator].apply(_value(left, sizes), _value(right, sizes))
        case Function(name, arguments):
            return FUNCTIONS[name][2](*(_value(argument, sizes) for argument in arguments))


def leaves_of(formula: Formula) -> Iterator[Number | Name | Variable]:
    """Every number, name and variable of `formula`, from left to right."""
    match formula:
        case Number() | Name() | Variable():
            yield formula
        case Negation(operand):
            yield from leaves_of(operand)
        case Operation(_, left, right):
            yield from leaves_of(left)
            yield from leaves_of(right)
        case Function(_, arguments):
            for argument in arguments:
                yield from leaves_of(argument)


def replace_leaves(formula: Formula, replacement: Callable[[Name | Variable], Formula]) -> Formula:
    """`formula` with `replacement(leaf)` in the place of each name and variable."""
    match formula:
        case Number():
            return formula
        case Name() | Variable():
            return replacement(formula)
        case Negation(operand):
            return Negation(replace_leaves(operand, replacement))
        case Operation(operator, left, right):
            return Operation(operator, replace_leaves(left, replacement), replace_leaves(right, replacement))
        case Function(name, arguments):
            return Function(name, tuple(replace_leaves(argument, replacement) for argument in arguments))


def text_of(formula: Formula) -> str:
    """`formula` as it is written, without spaces and with no more parentheses than it needs."""
    return _text(formula)[0]


def _text(formula: Formula) -> tuple[str, int]:
    match formula:
        case Number(value):
            return str(value), ATOM_STRENGTH
        case Name(name):
            return name, ATOM_STRENGTH
        case Variable(name):
            return f"{{{name}}}", ATOM_STRENGTH
        case Negation(operand):
            return f"-{_enclosed(operand, NEGATION_STRENGTH)}", NEGATION_STRENGTH
        case Operation(operator, left, right):
            strength = OPERATORS[operator].strength
            needed = (ATOM_STRENGTH, NEGATION_STRENGTH) if operator == "**" else (strength, strength + 1)
            return f"{_enclosed(left, needed[0])}{operator}{_enclosed(right, needed[1])}", strength
        case Function(name, arguments):
            return f"{name}({','.join(_text(argument)[0] for argument in arguments)})", ATOM_STRENGTH


def _enclosed(formula: Formula, needed: int) -> str:
    text, strength = _text(formula)
    return text if strength >= needed else f"({text})"
