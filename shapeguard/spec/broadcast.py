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
    for one, other in zip(_padded(first, ndim), _padded(second, ndim), strict=True):
        # A 1 that may be broadcast says nothing that the other side does not say.
        if one == other or (one == 1 and not first_exact):
            joined.append(other)
        elif other == 1 and not second_exact:
            joined.append(one)
        elif one is None or other is None:
            joined.append(other if one is None else one)
        else:
            return None
    return tuple(joined)


def _padded(dims: Dims, ndim: int) -> Dims:
    return (1,) * (ndim - len(dims)) + dims
