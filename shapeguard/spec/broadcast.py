"""Joins what two shapes say about a variadic symbol, exactly or up to broadcasting."""

from __future__ import annotations

Dims = tuple[int | None, ...]


def join_dims(first: Dims, second: Dims, *, first_exact: bool, second_exact: bool) -> Dims | None:
    """What both together say about the symbol's dims; `None` where they cannot both be true.

    Exact dims are the symbol's own; others may be broadcast to them by NumPy's rule: aligned at the right, a size of
    1 or an axis that is absent on the left gives way.
    """
    ndim = max(len(first), len(second))
    if (first_exact and len(first) < ndim) or (second_exact and len(second) < ndim):
        return None
    joined: list[int | None] = []
    for left, right in zip(_padded(first, ndim), _padded(second, ndim), strict=True):
        # A 1 that may be broadcast says nothing that the other side does not say.
        if left == right or _gives_way(left, first_exact):
            joined.append(right)
        elif _gives_way(right, second_exact):
            joined.append(left)
        elif None in (left, right):
            joined.append(left if right is None else right)
        else:
            return None
    return tuple(joined)


def _gives_way(size: int | None, exact: bool) -> bool:  # noqa: FBT001  read as `_gives_way(size, first_exact)`
    return size == 1 and not exact


def _padded(dims: Dims, ndim: int) -> Dims:
    return (1,) * (ndim - len(dims)) + dims
