"""What most shapes say about a symbol, so that the odd one out is not merely the one that was seen second."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.spec.bindings import EMPTY, Bindings
from shapeguard.spec.dims import AnySize, Fixed, Labelled, ShapeSpec, Spec, StructureSpec, Variadic
from shapeguard.spec.resolution import concrete_dims
from shapeguard.spec.unification import align, occurrences

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from shapeguard.spec.bindings import BoundValue


def majority_bindings(pairs: Iterable[tuple[ShapeSpec, Sequence[int | None], Hashable]]) -> Bindings:
    """Each symbol bound to the value that most of the pairs (spec, shape, site) give it, the first where they tie."""
    votes: dict[str, Counter[BoundValue]] = {}
    sites: dict[tuple[str, BoundValue], Hashable] = {}
    for spec, shape, site in pairs:
        for name, _, value in occurrences(spec, shape):
            if isinstance(value, tuple) and None in value:
                continue
            votes.setdefault(name, Counter())[value] += 1
            sites.setdefault((name, value), site)
    bindings = EMPTY
    for name, counter in votes.items():
        value = counter.most_common(1)[0][0]
        bindings = bindings.bind(name, value, sites[name, value])
    return bindings


def display_dims(spec: ShapeSpec, shape: Sequence[int | None]) -> tuple[int | str | None, ...]:
    """The spec as a message shows it beside `shape`: sizes where they are fixed, else names, `None` for any size."""
    dims = concrete_dims(spec, EMPTY)
    if dims is not None:
        return dims
    aligned = align(spec, shape)
    if aligned is None:
        return tuple("..." if isinstance(dim, Variadic) else str(dim) for dim in spec.dims)
    return tuple(_shown(dim) for dim, axes in aligned for _ in axes)


def _shown(dim: object) -> int | str | None:
    if isinstance(dim, Variadic):
        return None
    return dim.size if isinstance(dim, Fixed | Labelled) else str(dim)


def with_free_batch(spec: Spec) -> Spec:
    """The spec with a literal size on axis 0 freed."""
    if isinstance(spec, StructureSpec):
        return replace(spec, items=tuple(with_free_batch(item) for item in spec.items))
    if spec.dims and isinstance(spec.dims[0], Fixed | Labelled):
        return ShapeSpec((AnySize(), *spec.dims[1:]))
    return spec
