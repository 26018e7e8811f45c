"""The sizes of an input for which a constraint behind it holds: found by halving, as what comes out grows with them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from shapeguard.diagnosis.scenarios import Patch
from shapeguard.diagnosis.what_if import propagate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shapeguard.diagnosis.constraints import Constraint
    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Node
    from shapeguard.records.network import Shape

LARGEST = 4096
ROUND = (1000, 100, 64, 50, 32, 10, 8, 4, 2)


def inverted_shapes(fault: Fault, node: Node) -> Iterator[Shape]:
    """Shapes of an input for which the first constraint holds, of the sizes that would do the roundest."""
    constraint = next((each for each in fault.outputs if each.values), None)
    required = [] if constraint is None else fault.constraints.required_shapes(constraint)
    if constraint is None or not required:
        return
    observed = fault.graph.shapes[node.outputs[0]]
    for axes in _axes_together(observed):
        for axis, wanted in [(a, size) for a, size in enumerate(required[0]) if a in axes and size is not None][:1]:
            size = _solved(partial(_given, fault, constraint, node.outputs[0], axes, axis), wanted)
            if size is not None:
                yield _with_sizes(observed, axes, size)


def _solved(given: Callable[[int], int], wanted: int) -> int | None:
    """The roundest size that gives the wanted one; `None` if none does."""
    low, high = _first(given, wanted), _first(given, wanted + 1) - 1
    return roundest(low, min(high, LARGEST)) if low <= high else None


def _given(fault: Fault, constraint: Constraint, value: int, axes: tuple[int, ...], axis: int, size: int) -> int:
    """The size that the constraint's first value has on an axis if the input `value` has `size` on its `axes`."""
    shape = _with_sizes(fault.graph.shapes[value], axes, size)
    scenario = propagate(fault.graph, Patch(values={value: shape}))
    result = fault.constraints.shape(constraint.values[0], scenario) if scenario.refusal is None else None
    return (result[axis] or 0) if result is not None and axis < len(result) else 0


def _with_sizes(shape: Shape, axes: tuple[int, ...], size: int) -> Shape:
    return tuple(size if axis in axes else known for axis, known in enumerate(shape))


def _axes_together(observed: Shape) -> list[tuple[int, ...]]:
    """The axes of an input whose sizes may be other: all of a square picture alike, else one; never its channels."""
    spatial = tuple(axis for axis in range(1, max(len(observed) - 1, 2)) if observed[axis] is not None)
    square = len(spatial) > 1 and len({observed[axis] for axis in spatial}) == 1
    return [spatial] if square else [(axis,) for axis in spatial]


def _first(given: Callable[[int], int], size: int) -> int:
    """The smallest input size that gives at least `size`; one more than the largest that is tried where none does."""
    low, high = 1, LARGEST + 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if given(middle) >= size else (middle + 1, high)
    return low


def roundest(low: int, high: int) -> int:
    """The number from `low` to `high` that people would write."""
    for step in ROUND:
        if -(-low // step) * step <= high:
            return -(-low // step) * step
    return low
