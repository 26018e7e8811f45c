"""The exact value of a size formula, within bounds: `2**2**99999` is refused before it is computed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from shapeguard.spec.formula import Formula, Name, Number, Operation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_SIZE = 2**63 - 1  # what the frameworks hold in an int64
MAX_BITS = 256  # of a number on the way to a size

Ratio = tuple[int, int]  # in lowest terms, the denominator above 0


class FormulaError(ArithmeticError):
    """A formula has no value that can be a size; the text says why."""


def size_of(formula: Formula, sizes: Mapping[str, int]) -> int:
    """The size that `formula` stands for, once each of its names has a value in `sizes`.

    Raises `FormulaError` where the value is negative, not whole, or too large, and `KeyError` for a name without a
    value.
    """
    numerator, denominator = _value(formula, sizes)
    if denominator != 1:
        raise FormulaError(f"{numerator}/{denominator} is not a whole number")
    if numerator < 0:
        raise FormulaError(f"{numerator} is negative")
    if numerator > MAX_SIZE:
        raise FormulaError("its value is too large")
    return numerator


def _value(formula: Formula, sizes: Mapping[str, int]) -> Ratio:
    match formula:
        case Number(value):
            return value, 1
        case Name(name):
            return sizes[name], 1
        case Operation("-", (operand,)):
            return _negative(_value(operand, sizes))
        case Operation(operator, operands):
            return _APPLY[operator](*(_value(operand, sizes) for operand in operands))


def _ratio(numerator: int, denominator: int) -> Ratio:
    if denominator == 0:
        raise FormulaError("it divides by zero")
    if max(numerator.bit_length(), denominator.bit_length()) > MAX_BITS:
        raise FormulaError("its value is too large")
    divisor = math.gcd(numerator, denominator) * (1 if denominator > 0 else -1)
    return numerator // divisor, denominator // divisor


def _negative(value: Ratio) -> Ratio:
    return -value[0], value[1]


def _sum(left: Ratio, right: Ratio) -> Ratio:
    return _ratio(left[0] * right[1] + right[0] * left[1], left[1] * right[1])


def _difference(left: Ratio, right: Ratio) -> Ratio:
    return _sum(left, _negative(right))


def _product(left: Ratio, right: Ratio) -> Ratio:
    return _ratio(left[0] * right[0], left[1] * right[1])


def _quotient(left: Ratio, right: Ratio) -> Ratio:
    return _ratio(left[0] * right[1], left[1] * right[0])


def _floor(value: Ratio) -> Ratio:
    return value[0] // value[1], 1


def _ceil(value: Ratio) -> Ratio:
    return -(-value[0] // value[1]), 1


def _floor_quotient(left: Ratio, right: Ratio) -> Ratio:
    return _floor(_quotient(left, right))


def _remainder(left: Ratio, right: Ratio) -> Ratio:
    return _difference(left, _product(_floor_quotient(left, right), right))


def _power(base: Ratio, exponent: Ratio) -> Ratio:
    if exponent[1] != 1:
        raise FormulaError("an exponent is not a whole number")
    times = abs(exponent[0])
    if base in ((0, 1), (1, 1)):
        times = min(times, 1)
    # A number of b bits to the power of n has more than (b - 1) * n bits.
    if (max(base[0].bit_length(), base[1].bit_length()) - 1) * times > MAX_BITS or times > MAX_BITS:
        raise FormulaError("its value is too large")
    power = base[0] ** times, base[1] ** times
    return _quotient((1, 1), power) if exponent[0] < 0 else _ratio(*power)


def _absolute(value: Ratio) -> Ratio:
    return abs(value[0]), value[1]


def _less(left: Ratio, right: Ratio) -> bool:
    return left[0] * right[1] < right[0] * left[1]


def _minimum(first: Ratio, *others: Ratio) -> Ratio:
    for other in others:
        first = other if _less(other, first) else first
    return first


def _maximum(first: Ratio, *others: Ratio) -> Ratio:
    for other in others:
        first = other if _less(first, other) else first
    return first


_APPLY: Mapping[str, Callable[..., Ratio]] = {
    "+": _sum,
    "-": _difference,
    "*": _product,
    "/": _quotient,
    "//": _floor_quotient,
    "%": _remainder,
    "**": _power,
    "min": _minimum,
    "max": _maximum,
    "ceil": _ceil,
    "floor": _floor,
    "abs": _absolute,
}
