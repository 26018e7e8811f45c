"""Expectations against observations: which calls are not as expected, and at which axes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shapeguard.records.expectations import Mismatch
from shapeguard.spec import (
    Bindings,
    ShapeSpec,
    StructureSpec,
    display_dims,
    majority_bindings,
    unify_all,
    with_free_batch,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from shapeguard.records.expectations import Expectation, Target
    from shapeguard.records.network import Network, Shape
    from shapeguard.spec import Conflict

    Entry = tuple[ShapeSpec, Shape, Target]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of comparing: the mismatches in call order, and per scope what the symbols were bound to."""

    mismatches: tuple[Mismatch, ...]
    bindings: Mapping[str, Bindings]


def compare(network: Network, targets: Iterable[Target]) -> Comparison:
    """Which of the targets that were reached do not hold in `network`."""
    scopes, mismatches = entries_by_scope(network, targets)
    bindings: dict[str, Bindings] = {}
    for scope, entries in scopes.items():
        pairs = [(spec, shape, (t.expectation.target, t.expectation.declared)) for spec, shape, t in entries]
        unified = unify_all(pairs, majority_bindings(pairs))
        bindings[scope] = unified.bindings
        for (spec, shape, target), conflict in zip(entries, unified.conflicts, strict=True):
            if conflict is not None:
                mismatches.append(_mismatch(target, spec, shape, conflict))
    order = {id(m): i for i, m in enumerate(mismatches)}
    mismatches.sort(key=lambda m: (m.target.call, order[id(m)]))
    return Comparison(tuple(mismatches), bindings)


def entries_by_scope(network: Network, targets: Iterable[Target]) -> tuple[dict[str, list[Entry]], list[Mismatch]]:
    """What is compared, by scope; and the targets that have another number of outputs than they should."""
    scopes: dict[str, list[Entry]] = {}
    mismatches: list[Mismatch] = []
    for target in targets:
        if target.call is None or target.expectation.quantity != "output":
            continue
        outputs = tuple(network.values[v].shape for v in network.calls[target.call].outputs)
        leaves = leaves_of(target.expectation.spec, len(outputs))
        if len(leaves) != len(outputs):
            mismatches.append(_structure_mismatch(target, outputs))
            continue
        for leaf, shape in zip(leaves, outputs, strict=True):
            scopes.setdefault(target.expectation.scope, []).append((leaf, shape, target))
    return scopes, mismatches


def leaves_of(spec: ShapeSpec | StructureSpec, outputs: int) -> tuple[ShapeSpec, ...]:
    """The spec of each output; one spec stands for a layer's single output."""
    if isinstance(spec, StructureSpec):
        return spec.leaves
    return (spec,) if outputs else ()


def without_literal_batch(expectation: Expectation) -> Expectation:
    """The expectation with a literal size on axis 0 freed: outside training other batch sizes are used."""
    if expectation.quantity != "output":
        return expectation
    return replace(expectation, spec=with_free_batch(expectation.spec))


def _mismatch(target: Target, spec: ShapeSpec, shape: Shape, conflict: Conflict) -> Mismatch:
    names = tuple(name for d in conflict.disagreements if d.kind != "size" for name, _ in d.bound)
    return Mismatch(target, display_dims(spec, shape), shape, conflict.axes, conflict.kind, names)


def _structure_mismatch(target: Target, outputs: tuple[Shape, ...]) -> Mismatch:
    spec = target.expectation.spec
    if isinstance(spec, StructureSpec):
        expected: object = tuple(display_dims(leaf, ()) for leaf in spec.leaves)
    else:
        expected = display_dims(spec, ())
    return Mismatch(target, expected, list(outputs), (), "structure")
