"""Names of axes in comments: one that has two sizes on two lines names the axis and not a size."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.matching.comparison import entries_by_scope
from shapeguard.spec import (
    AnySize,
    Expression,
    ShapeSpec,
    StructureSpec,
    Variadic,
    majority_bindings,
    occurrences,
    unify,
    unify_all,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from shapeguard.matching.comparison import Entry
    from shapeguard.records.expectations import Target
    from shapeguard.records.network import Network
    from shapeguard.spec import Bindings, Dim, Spec


def with_loose_names(targets: Iterable[Target], network: Network) -> list[Target]:
    """The targets; those of comments with any size for names that only comments use and that have several sizes.

    People write `# (B, T, 64)` on one line after the other, whatever T is. The name of the batch stays one size. A
    quotient such as `H/2` may be rounded up as well as down: which of them depends on the padding.
    """
    loose = {scope: _loose_names(entries) for scope, entries in entries_by_scope(network, targets)[0].items()}
    named = [_without(loose.get(target.expectation.scope, ()), target) for target in targets]
    bindings = {scope: _bindings(entries) for scope, entries in entries_by_scope(network, named)[0].items()}
    return [_rounded(target, network, bindings) for target in named]


def _bindings(entries: Iterable[Entry]) -> Bindings:
    pairs = [(spec, shape, None) for spec, shape, _ in entries]
    return unify_all(pairs, majority_bindings(pairs)).bindings


def _loose_names(entries: Iterable[Entry]) -> frozenset[str]:
    """The names of one scope that only comments use, for several sizes but not within one comment."""
    sizes: dict[str, set[object]] = defaultdict(set)
    strict: set[str] = set()
    inner: set[str] = set()
    for spec, shape, target in entries:
        if target.expectation.comment is None or not unify(spec, shape).ok:
            strict |= spec.names
        for name, axes, size in occurrences(spec, shape):
            sizes[name].add(size)
            if axes != (0,):
                inner.add(name)
    return frozenset(name for name in inner - strict if len(sizes[name]) > 1)


def _without(names: Collection[str], target: Target) -> Target:
    """The target, of a comment with any size where one of these names is."""
    if target.expectation.comment is None or not names:
        return target
    return replace(target, expectation=replace(target.expectation, spec=_freed(target.expectation.spec, names)))


def _freed(spec: Spec, names: Collection[str]) -> Spec:
    if isinstance(spec, StructureSpec):
        return replace(spec, items=tuple(_freed(item, names) for item in spec.items))
    return ShapeSpec(tuple(_open(dim) if ShapeSpec((dim,)).names & set(names) else dim for dim in spec.dims))


def _open(dim: Dim) -> Dim:
    return Variadic() if isinstance(dim, Variadic) else AnySize()


def _rounded(target: Target, network: Network, bindings: Mapping[str, Bindings]) -> Target:
    """The target, of a comment with any size where a quotient is the actual size but for rounding up."""
    spec, call = target.expectation.spec, target.call
    if target.expectation.comment is None or call is None or not isinstance(spec, ShapeSpec):
        return target
    outputs = network.calls[call].outputs
    conflict = unify(spec, network.values[outputs[0]].shape, bindings[target.expectation.scope]).conflict
    up = {each.dim for each in conflict.disagreements if each.wanted == _less(each.actual)} if conflict else set()
    dims = (AnySize() if dim in up and isinstance(dim, Expression) and "//" in str(dim) else dim for dim in spec.dims)
    return replace(target, expectation=replace(target.expectation, spec=ShapeSpec(tuple(dims))))


def _less(size: object) -> int | None:
    return size - 1 if isinstance(size, int) else None
