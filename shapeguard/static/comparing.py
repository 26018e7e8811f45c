"""Comparisons, and the tests that are made of them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from shapeguard.static import operations
from shapeguard.static.iterating import items_of
from shapeguard.static.truth import truth_of
from shapeguard.static.values import (
    ANY,
    ListValue,
    Tensor,
    Unknown,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapeguard.static.machine import Machine
    from shapeguard.static.state import Scope


def follow_boolean(machine: Machine, node: ast.BoolOp, scope: Scope) -> Any:
    """`and`, `or`: the operand that decides, as Python gives it."""
    is_and, value = isinstance(node.op, ast.And), ANY
    doubtful = False
    for place, operand in enumerate(node.values):
        value = machine.evaluate(operand, scope)
        truth = truth_of(value)
        if truth is None:
            doubtful = True
        elif truth != is_and:
            return ANY if doubtful and not _decides(value, is_and=is_and) else value
        elif place == len(node.values) - 1:
            return ANY if doubtful else value
    return ANY


def _decides(value: Any, *, is_and: bool) -> bool:
    """Whether the whole is the truth value that this operand has, whatever the unknown ones are."""
    return value is (not is_and)


COMPARED: dict[str, Callable[[Any, Any], Any]] = {
    "Eq": lambda one, other: one == other,
    "NotEq": lambda one, other: one != other,
    "Lt": lambda one, other: one < other,
    "LtE": lambda one, other: one <= other,
    "Gt": lambda one, other: one > other,
    "GtE": lambda one, other: one >= other,
}


def compared(name: str, left: Any, right: Any) -> Any:
    """The value of one comparison; `ANY` where it is not known."""
    if name in {"Is", "IsNot"}:
        result = _is_same(left, right)
        return ANY if result is None else result == (name == "Is")
    if name in {"In", "NotIn"}:
        result = _is_in(left, right)
        return ANY if result is None else result == (name == "In")
    left, right = _plain(left), _plain(right)
    if left is ANY or right is ANY:
        return ANY
    try:
        return COMPARED[name](left, right)
    except TypeError:
        return ANY


def _is_same(left: Any, right: Any) -> bool | None:
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return None
    if left is None or right is None:
        return left is right
    return True if left is right else None


def _is_in(left: Any, right: Any) -> bool | None:
    left = _plain(left)
    if left is ANY:
        return None
    if isinstance(right, str):
        return left in right if isinstance(left, str) else None
    items = items_of(right)
    if items is None:
        return None
    plain = tuple(map(_plain, items))
    if any(item is not ANY and item == left for item in plain):
        return True
    return None if any(item is ANY for item in plain) else False


def _plain(value: Any) -> Any:
    """A value that Python's own comparison takes; `ANY` for any other."""
    if isinstance(value, tuple):
        items = tuple(map(_plain, value))
        return ANY if any(item is ANY for item in items) else items
    if isinstance(value, ListValue):
        items = _plain(value.items)
        return ANY if items is ANY else list(items)
    return value if isinstance(value, bool | int | float | str | bytes | type(None)) else ANY


def follow_compare(machine: Machine, node: ast.Compare, scope: Scope) -> Any:
    """Comparisons in a row: true where all are."""
    left, result = machine.evaluate(node.left, scope), True
    for operator, comparator in zip(node.ops, node.comparators, strict=True):
        right = machine.evaluate(comparator, scope)
        if isinstance(left, Tensor) or isinstance(right, Tensor):
            return operations.comparison(machine, node, operator, left, right, scope)
        truth = truth_of(compared(type(operator).__name__, left, right))
        if truth is None:
            return ANY
        if not truth:
            return False
        left = right
    return result
