"""Reductions: operations that take axes away, or leave size 1 of them."""

from __future__ import annotations

from itertools import combinations, islice
from typing import TYPE_CHECKING

from shapeguard.layers.base import Change
from shapeguard.layers.costs import FORGOTTEN, KEPT_AXES, OTHER_AXIS, SOLVED
from shapeguard.layers.operations.base import (
    MOST_ORDERS,
    OperationFamily,
    argument,
    as_axes,
    axes_beside,
    fits,
    no_axis,
    place_of,
    without_axes,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.layers.base import Config, Refusal
    from shapeguard.layers.operations.base import Wanted
    from shapeguard.records.network import Shape


BATCH_AXIS = 1.5
"""An axis that is that of the batch: samples would be mixed."""
SEVERAL_AXES = 0.7
"""A reduction of several axes where one was written, or the other way about."""


class Reduction(OperationFamily):
    """`axis` leaves the shape, or stays with size 1 if `keepdims`; without an axis nothing is left.

    `solves`: the output is the shape without the axes, and nothing more, so that an axis can be solved for.
    """

    def __init__(self, *names: str, axes: str = "axis", solves: bool = True) -> None:
        super().__init__(*names)
        self.arguments = (axes, "keepdims")
        self._axes, self._solves = axes, solves

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal | None:
        if not self._solves:
            return None
        shape, written = inputs[0], config.get(self._axes)
        axes = tuple(range(len(shape))) if written is None else as_axes(written)
        missing = next((axis for axis in axes if place_of(axis, len(shape)) is None), None)
        if missing is not None:
            return no_axis(missing, len(shape))
        output = without_axes(shape, axes, kept=bool(config.get("keepdims"))) if shape else ()
        return (output, output) if self._axes == "axes" else (output,)

    def changes(self, config: Config, inputs: tuple[Shape, ...], wanted: Wanted = None) -> Iterator[Change]:
        shape, kept = inputs[0], bool(config.get("keepdims"))
        current = as_axes(config.get(self._axes))
        if "keepdims" in config:
            yield from self._kept_instead(config, len(shape), kept=kept)
        for axes in _reduced_instead(current, len(shape)):
            solved = self._solves and fits(without_axes(shape, axes, kept=kept), wanted)
            cost = _cost(axes, len(shape), len(current), solved=solved)
            yield argument(
                self._axes, axes[0] if len(axes) == 1 and self._axes == "axis" else axes, cost, solved=solved
            )

    def _kept_instead(self, config: Config, ndim: int, *, kept: bool) -> Iterator[Change]:
        """The other value of `keepdims`; where the axis was forgotten, too, both."""
        if config.get(self._axes) is None:
            yield argument("keepdims", not kept, BATCH_AXIS)
            for axis in axes_beside(None, ndim, least=1) if not kept and self._axes == "axis" else ():
                yield Change((("axis", axis), ("keepdims", True)), SEVERAL_AXES)
            return
        current = as_axes(config[self._axes])
        is_pixel = not kept and len(current) > 1 and len(current) == ndim - 2
        yield argument("keepdims", not kept, KEPT_AXES if is_pixel else FORGOTTEN)

    def inverse(self, config: Config, shape: Shape, wanted: Shape) -> Iterator[Shape]:
        axes = as_axes(config.get(self._axes))
        gone = {axis % len(shape) for axis in axes if place_of(axis, len(shape)) is not None}
        if not axes or not self._solves or len(gone) != len(axes):
            return
        kept = bool(config.get("keepdims"))
        sizes = iter(wanted)
        rest = {axis: next(sizes, None) for axis in range(len(shape)) if kept or axis not in gone}
        candidate = tuple(mine if axis in gone else rest[axis] for axis, mine in enumerate(shape))
        if fits(without_axes(candidate, axes, kept=kept), (wanted,)):
            yield candidate

    def hint(self, config: Config, change: Change) -> str:
        if change.arguments[0][0] == "keepdims":
            return "keepdims=True leaves an axis of size 1 where the reduced one was."
        if config.get(self._axes) is None:
            return "Without an axis all axes are reduced, that of the batch too."
        return "Axis 0 is the batch."


POOLED = {"Max": "Max", "Amax": "Max", "Mean": "Average"}
"""What a global pooling calls the reduction that it does, by class of operation."""


def pooling_like(name: str, config: Config, ndim: int) -> str | None:
    """The class of layer that does what a reduction does: of all axes but those of the samples and the channels."""
    axes, between = as_axes(config.get("axis")), set(range(1, ndim - 1))
    is_whole = bool(between) and {axis % ndim for axis in axes} == between
    return f"Global{POOLED[name]}Pooling{ndim - 2}D" if name in POOLED and is_whole else None


def _reduced_instead(current: tuple[int, ...], ndim: int) -> Iterator[tuple[int, ...]]:
    """Other axes to reduce: one, then several of a sample."""
    ones = axes_beside(current[0] if len(current) == 1 else None, ndim)
    several = (axes for count in range(2, ndim) for axes in combinations(range(1, ndim), count))
    now = {axis % ndim if place_of(axis, ndim) is not None else axis for axis in current}
    for axes in islice((*((axis,) for axis in ones), *several), MOST_ORDERS):
        if {axis % ndim for axis in axes} != now:
            yield axes


def _cost(axes: tuple[int, ...], ndim: int, written: int, *, solved: bool) -> float:
    if any(axis % ndim == 0 for axis in axes):
        return BATCH_AXIS
    if solved:
        return SOLVED
    return OTHER_AXIS if len(axes) == written else SEVERAL_AXES


RULES = (
    Reduction(
        *("All", "Amax", "Amin", "Any", "Argmax", "Argmin", "CountNonzero", "Logsumexp", "Max", "Mean", "Median"),
        *("Min", "Nanargmax", "Nanargmin", "Nanmax", "Nanmean", "Nanmedian", "Nanmin", "Nanprod", "Nanstd", "Nansum"),
        *("Nanvar", "Norm", "Prod", "Ptp", "Std", "Sum", "Var", "Average"),
    ),
    Reduction("Moments", axes="axes"),
    Reduction("Nanpercentile", "Nanquantile", "Percentile", "Quantile", solves=False),
)
