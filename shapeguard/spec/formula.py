"""Size formulas such as `2*(n+1)`: their syntax tree, and how it prints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Number:
    """A size written as digits."""

    value: int


@dataclass(frozen=True, slots=True)
class Name:
    """A symbol; in braces a variable of the function that builds the model, whose dotted path is kept as written."""

    name: str
    in_braces: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One of `STRENGTHS` or `FUNCTIONS` and its operands; a sign is a "-" with one operand."""

    operator: str
    operands: tuple[Formula, ...]


Formula = Number | Name | Operation

# How tightly each operator binds; `**` alone groups from the right, as in Python.
STRENGTHS: Mapping[str, int] = {"+": 1, "-": 1, "*": 2, "/": 2, "//": 2, "%": 2, "**": 4}
SIGN_STRENGTH = 3
ATOM_STRENGTH = 5

# The most arguments that each function takes; it takes at least one.
FUNCTIONS: Mapping[str, int] = {"min": 64, "max": 64, "ceil": 1, "floor": 1, "abs": 1}


def leaves_of(formula: Formula) -> Iterator[Number | Name]:
    """Every number and name of `formula`, from left to right."""
    if isinstance(formula, Operation):
        for operand in formula.operands:
            yield from leaves_of(operand)
    else:
        yield formula


def replace_names(formula: Formula, replacement: Callable[[Name], Formula]) -> Formula:
    """`formula` with `replacement(name)` in the place of each name."""
    match formula:
        case Number():
            return formula
        case Name():
            return replacement(formula)
        case Operation(operator, operands):
            return Operation(operator, tuple(replace_names(operand, replacement) for operand in operands))


def text_of(formula: Formula) -> str:
    """`formula` as it is written, without spaces and with no more parentheses than it needs."""
    return _text(formula)[0]


def _text(formula: Formula) -> tuple[str, int]:
    match formula:
        case Number(value):
            return str(value), ATOM_STRENGTH
        case Name(name, in_braces):
            return f"{{{name}}}" if in_braces else name, ATOM_STRENGTH
        case Operation("-", (operand,)):
            return f"-{_enclosed(operand, SIGN_STRENGTH)}", SIGN_STRENGTH
        case Operation(operator, (left, right)) if operator in STRENGTHS:
            strength = STRENGTHS[operator]
            needed = (ATOM_STRENGTH, SIGN_STRENGTH) if operator == "**" else (strength, strength + 1)
            return f"{_enclosed(left, needed[0])}{operator}{_enclosed(right, needed[1])}", strength
        case Operation(function, operands):
            return f"{function}({','.join(map(text_of, operands))})", ATOM_STRENGTH


def _enclosed(formula: Formula, needed: int) -> str:
    text, strength = _text(formula)
    return text if strength >= needed else f"({text})"
