"""What a spec comes to under given bindings: for messages, and as the shape that is wanted."""

from __future__ import annotations

from typing import assert_never

from shapeguard.spec.arithmetic import FormulaError, size_of
from shapeguard.spec.bindings import EMPTY, Bindings
from shapeguard.spec.dims import AnySize, Expression, Fixed, Labelled, Named, ShapeSpec, Variadic
from shapeguard.spec.unification import is_determined


def concrete_dims(spec: ShapeSpec, bindings: Bindings = EMPTY) -> tuple[int | str | None, ...] | None:
    """Each axis as its size where that is determined, its text where it is symbolic, `None` where any size will do.

    `None` for the whole while a variadic leaves the rank open. A broadcastable axis, which may be 1 too, stays text:
    `#26`.
    """
    dims: list[int | str | None] = []
    for dim in spec.dims:
        if isinstance(dim, Variadic):
            value = None if dim.name is None else bindings.get(f"*{dim.name}")
            if value is None or not isinstance(value.value, tuple):
                return None
            dims.extend(value.value)
            continue
        size = size_in(dim, bindings)
        if isinstance(dim, AnySize):
            dims.append(None)
        elif dim.broadcastable:
            dims.append(str(dim) if size is None else f"#{size}")
        else:
            dims.append(str(dim) if size is None else size)
    return tuple(dims)


def wanted(spec: ShapeSpec, ndim: int, bindings: Bindings = EMPTY) -> tuple[int | None, ...] | None:
    """The sizes that a shape of `ndim` axes should have, `None` where any will do; `None` if the rank cannot be `ndim`.

    A broadcastable axis counts as the size that it is broadcast to.
    """
    spare = ndim - len(spec.dims) + (0 if spec.variadic_index is None else 1)
    if spare < 0 or (spec.variadic_index is None and spare):
        return None
    sizes: list[int | None] = []
    for dim in spec.dims:
        covered = _sizes_of_many(dim, spare, bindings) if isinstance(dim, Variadic) else (size_in(dim, bindings),)
        if covered is None:
            return None
        sizes.extend(covered)
    return tuple(sizes)


def _sizes_of_many(dim: Variadic, count: int, bindings: Bindings) -> tuple[int | None, ...] | None:
    """The sizes of the `count` axes that a variadic covers; `None` if it is bound to another number of them."""
    bound = None if dim.name is None else bindings.get(f"*{dim.name}")
    if bound is None or not isinstance(bound.value, tuple) or (not bound.exact and len(bound.value) != count):
        return (None,) * count
    missing = len(bound.value) - count
    return bound.value[missing:] if missing == 0 or (dim.broadcastable and missing > 0) else None


def size_in(dim: Fixed | Labelled | Named | Expression | AnySize, bindings: Bindings) -> int | None:
    """The size of one axis; `None` where it is not determined, or where its expression has no value."""
    match dim:
        case Fixed() | Labelled():
            return dim.size
        case Named(name):
            return bindings.size(name)
        case Expression(formula):
            if not is_determined(dim, bindings):
                return None
            try:
                return size_of(formula, bindings.sizes)
            except FormulaError:
                return None
        case AnySize():
            return None
        case _:
            assert_never(dim)
