"""The rule of each class of functional operation."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from shapeguard.layers.operations import (
    axes,
    counting,
    elementwise,
    indices,
    joins,
    layouts,
    parts,
    products,
    reductions,
    repeating,
    reshaping,
    sizes,
    splitting,
    steps,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapeguard.layers.base import Config, Refusal
    from shapeguard.layers.operations.base import OperationFamily
    from shapeguard.records.network import Shape


TENSORS = dict.fromkeys(
    (
        *("CDist", "Cross", "Divide", "Dot", "Inner", "Matmul", "Outer", "Solve", "SolveTriangular", "Subtract"),
        *("Tensordot", "TrueDivide", "Vdot"),
    ),
    ("first", "second"),
)
"""What the two tensors of an operation are to it, by class, if exchanging them makes another result."""


_SQUEEZE = "Squeeze"
FAMILIES = (axes, reductions, elementwise, joins, parts, indices, products, repeating, reshaping, sizes, splitting)
"""Those of Keras' own operations."""


@cache
def _rules() -> dict[str, OperationFamily]:
    return {
        name: rule for family in (*FAMILIES, counting, layouts, steps) for rule in family.RULES for name in rule.names
    }


def operation_rule_for(name: str) -> OperationFamily | None:
    """The rule of the operation whose class in Keras has this name; `None` if nothing is known of it."""
    return _rules().get(name)


def covered_operations() -> Mapping[str, OperationFamily]:
    """The rules of Keras' operations by the name of the class."""
    return MappingProxyType({name: rule for family in FAMILIES for rule in family.RULES for name in rule.names})


def shapes_of_operation(name: str, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal | None:
    """The output shapes of an operation, or why Keras refuses it; `None` if no formula is known."""
    if name in elementwise.KEEPING:
        return inputs[:1]
    rule = _rules().get(name)
    return None if rule is None or not inputs else rule.forward(config, inputs)


def is_elementwise(name: str) -> bool:
    """Whether an operation of this class aligns the axes of its tensors from the right, whatever they mean."""
    return isinstance(_rules().get(name), elementwise.Elementwise)


def keeps_shape(name: str) -> bool:
    """Whether an operation of this class keeps the shape of its first tensor, whatever its arguments are."""
    return name in elementwise.KEEPING


def keeps_places(name: str) -> bool:
    """Whether the axes that an operation of this class leaves are where they were, with nothing put in."""
    is_reduction = isinstance(_rules().get(name), reductions.Reduction)
    return keeps_shape(name) or is_elementwise(name) or is_reduction or name == _SQUEEZE


def is_join(name: str) -> bool:
    """Whether an operation, or a layer, of this class joins tensors along an axis."""
    return isinstance(_rules().get(name), joins.Join)


def multiplies_matrices(name: str) -> bool:
    """Whether an operation of this class multiplies the rows of one tensor with the columns of the other."""
    return isinstance(_rules().get(name), products.Matmul)


def widens_codes(name: str) -> bool:
    """Whether an operation of this class makes a vector of each number that it is given."""
    return type(_rules().get(name)) is sizes.NewSize


def is_of_backend(name: str) -> bool:
    """Whether the rule is that of a function of a backend, which Keras has no counterpart of."""
    return isinstance(_rules().get(name), layouts.Layout)


def tensors_of_operation(name: str) -> tuple[str, ...]:
    """What the tensors are to an operation of this class, in order; empty if exchanging them makes the same result."""
    return TENSORS.get(name, ())
