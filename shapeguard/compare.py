"""Expectations against observations: which calls are not what was said of them, and at which axes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shapeguard.records import Mismatch
from shapeguard.spec import (
    EMPTY,
    AnySize,
    Bindings,
    Fixed,
    ShapeSpec,
    StructureSpec,
    Variadic,
    align,
    concrete_dims,
    unify_all,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from shapeguard.records import Expectation, Network, Shape, Target
    from shapeguard.spec import Conflict


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of comparing: the mismatches in call order, and per scope what the symbols were bound to."""

    mismatches: tuple[Mismatch, ...]
    bindings: Mapping[str, Bindings]


def compare(network: Network, targets: Iterable[Target]) -> Comparison:
    """Which of the targets that were reached do not hold in `network`."""
    scopes: dict[str, list[tuple[ShapeSpec, Shape, Target, int]]] = {}
    mismatches: list[Mismatch] = []
    for target in targets:
        if target.call is None or target.expectation.quantity != "output":
            continue
        outputs = tuple(network.values[v].shape for v in network.calls[target.call].outputs)
        leaves = leaves_of(target.expectation.spec, len(outputs))
        if len(leaves) != len(outputs):
            mismatches.append(_structure_mismatch(target, outputs))
            continue
        for slot, (leaf, shape) in enumerate(zip(leaves, outputs, strict=True)):
            scopes.setdefault(target.expectation.scope, []).append((leaf, shape, target, slot))
    bindings: dict[str, Bindings] = {}
    for scope, entries in scopes.items():
        unified = unify_all(
            [(spec, shape, (target.expectation.target, target.expectation.declared)) for spec, shape, target, _ in entries],
            EMPTY,
        )
        bindings[scope] = unified.bindings
        for (spec, shape, target, _), conflict in zip(entries, unified.conflicts, strict=True):
            if conflict is not None:
                mismatches.append(_mismatch(target, spec, shape, conflict, unified.bindings))
    order = {id(m): i for i, m in enumerate(mismatches)}
    mismatches.sort(key=lambda m: (m.target.call, order[id(m)]))
    return Comparison(tuple(mismatches), bindings)


def leaves_of(spec: ShapeSpec | StructureSpec, outputs: int) -> tuple[ShapeSpec, ...]:
    """The spec of each output; one spec stands for a layer's single output."""
    if isinstance(spec, StructureSpec):
        return spec.leaves
    return (spec,) if outputs else ()


def without_literal_batch(expectation: Expectation) -> Expectation:
    """The expectation with a literal size on axis 0 freed: outside training other batch sizes are used."""
    if expectation.quantity != "output":
        return expectation
    return replace(expectation, spec=_with_free_batch(expectation.spec))


def _with_free_batch(spec: ShapeSpec | StructureSpec) -> ShapeSpec | StructureSpec:
    if isinstance(spec, StructureSpec):
        return replace(spec, items=tuple(_with_free_batch(item) for item in spec.items))
    if spec.dims and isinstance(spec.dims[0], Fixed):
        return ShapeSpec((AnySize(), *spec.dims[1:]))
    return spec


def expected_dims(spec: ShapeSpec, shape: Shape, bindings: Bindings = EMPTY) -> tuple[object, ...]:
    """The spec as a message shows it beside `shape`: sizes where they are fixed, else names, `None` for any."""
    dims = concrete_dims(spec, EMPTY)
    if dims is not None:
        return dims
    aligned = align(spec, shape)
    if aligned is None:
        return tuple("..." if isinstance(dim, Variadic) else str(dim) for dim in spec.dims)
    return tuple(
        None if isinstance(dim, Variadic) else (dim.size if isinstance(dim, Fixed) else str(dim))
        for dim, axes in aligned
        for _ in axes
    )


def _mismatch(target: Target, spec: ShapeSpec, shape: Shape, conflict: Conflict, bindings: Bindings) -> Mismatch:
    names = tuple(name for d in conflict.disagreements if d.kind != "size" for name, _ in d.bound)
    return Mismatch(target, expected_dims(spec, shape, bindings), shape, conflict.axes, conflict.kind, names)


def _structure_mismatch(target: Target, outputs: tuple[Shape, ...]) -> Mismatch:
    spec = target.expectation.spec
    if isinstance(spec, StructureSpec):
        expected: object = tuple(expected_dims(leaf, ()) for leaf in spec.leaves)
    else:
        expected = expected_dims(spec, ())
    return Mismatch(target, expected, list(outputs), (), "structure")
