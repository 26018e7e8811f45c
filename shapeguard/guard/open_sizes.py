"""Sizes that are expected where the check could not know the actual ones."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from shapeguard.matching.comparison import entries_by_scope
from shapeguard.spec import Fixed, Labelled, ShapeSpec, align, wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from shapeguard.records.expectations import Target
    from shapeguard.records.network import Network, Shape


def left_open(network: Network, targets: Iterable[Target], *, literals: bool) -> frozenset[int]:
    """The calls that have an expected size of which the actual one is not known, so that it was not compared.

    The batch does not count, nor does a name that is used once. `literals`: numbers count too, as if no step will
    assert them.
    """
    scopes, _ = entries_by_scope(network, targets)
    calls: set[int | None] = set()
    for entries in scopes.values():
        uses = Counter(name for spec, _, _ in entries for dim in spec.dims for name in ShapeSpec((dim,)).names)
        calls.update(t.call for spec, shape, t in entries if _has_open_size(spec, shape, uses, literals=literals))
    return frozenset(call for call in calls if call is not None)


def _has_open_size(spec: ShapeSpec, shape: Shape, uses: Counter[str], *, literals: bool) -> bool:
    """Whether the spec has a number (if `literals`) or a name that is used twice for a size that is not known."""
    for dim, axes in align(spec, shape) or ():
        if any(axis and shape[axis] is None for axis in axes):
            is_number = isinstance(dim, Fixed | Labelled)
            if literals if is_number else any(uses[name] > 1 for name in ShapeSpec((dim,)).names):
                return True
    return False


def literals_of(network: Network, targets: Iterable[Target]) -> Callable[[Any, int, Shape], Shape | None] | None:
    """What outputs with open sizes must be by literal ones: `(operation, number, shape)` to a shape.

    The batch is left out: the last one may be shorter. `None` where no size beyond it is open.
    """
    specs = {
        (id(call.operation), call.number): target.expectation.spec
        for target in targets
        for call in ([] if target.call is None else [network.calls[target.call]])
        if target.expectation.quantity == "output" and isinstance(target.expectation.spec, ShapeSpec)
        if any(_is_open(network.values[index].shape, target.expectation.spec) for index in call.outputs)
    }
    if not specs:
        return None

    def expected(operation: Any, number: int, shape: Shape) -> Shape | None:
        spec = specs.get((id(operation), number))
        sizes = None if spec is None else wanted(spec, len(shape))
        return sizes and (None, *sizes[1:])

    return expected


def _is_open(shape: Shape, spec: ShapeSpec) -> bool:
    """Whether the spec has a literal size, beyond the batch, where the shape has none."""
    sizes = wanted(spec, len(shape)) or ()
    return any(known is None and size is not None for known, size in zip(shape[1:], sizes[1:], strict=False))
