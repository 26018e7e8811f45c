"""The rule of each class of functional operation."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from shapeguard.layers.operations import axes, parts, sizes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapeguard.layers.operations.base import OperationFamily


TENSORS = dict.fromkeys(
    ("Matmul", "Dot", "Tensordot", "Inner", "Outer", "Vdot", "Cross", "Subtract", "Divide", "TrueDivide"),
    ("first", "second"),
)
"""What the two tensors of an operation are to it, by class, if exchanging them makes another result."""


@cache
def _rules() -> dict[str, OperationFamily]:
    return {name: rule for rule in (*axes.RULES, *parts.RULES, *sizes.RULES) for name in rule.names}


def operation_rule_for(name: str) -> OperationFamily | None:
    """The rule of the operation whose class in Keras has this name; `None` if it has no argument to blame."""
    return _rules().get(name)


def covered_operations() -> Mapping[str, OperationFamily]:
    """The rules by the name of the class."""
    return MappingProxyType(_rules())


def tensors_of_operation(name: str) -> tuple[str, ...]:
    """What the tensors are to an operation of this class, in order; empty if exchanging them makes the same result."""
    return TENSORS.get(name, ())
