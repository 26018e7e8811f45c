"""The shape language: reads `"B 26 26 32"` as a `ShapeSpec`, prints it, and unifies it with observed shapes.

Standard library only; the grammar is `docs/reference/grammar.md`.
"""

from shapeguard.errors import SpecError
from shapeguard.spec.agreement import display_dims, majority_bindings, with_free_batch
from shapeguard.spec.bindings import EMPTY, Binding, Bindings
from shapeguard.spec.dims import (
    AnySize,
    Dim,
    Expression,
    Fixed,
    Labelled,
    Named,
    ShapeSpec,
    Spec,
    StructureSpec,
    Variadic,
)
from shapeguard.spec.parser import parse
from shapeguard.spec.resolution import concrete_dims, wanted
from shapeguard.spec.unification import (
    Conflict,
    Deferred,
    Disagreement,
    Unified,
    UnifiedAll,
    align,
    all_agree,
    occurrences,
    shapes_agree,
    unify,
    unify_all,
)

__all__ = [
    "EMPTY",
    "AnySize",
    "Binding",
    "Bindings",
    "Conflict",
    "Deferred",
    "Dim",
    "Disagreement",
    "Expression",
    "Fixed",
    "Labelled",
    "Named",
    "ShapeSpec",
    "Spec",
    "SpecError",
    "StructureSpec",
    "Unified",
    "UnifiedAll",
    "Variadic",
    "align",
    "all_agree",
    "concrete_dims",
    "display_dims",
    "majority_bindings",
    "occurrences",
    "parse",
    "shapes_agree",
    "unify",
    "unify_all",
    "wanted",
    "with_free_batch",
]
