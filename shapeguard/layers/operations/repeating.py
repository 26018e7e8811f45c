"""Operations that repeat a tensor along its axes."""

from __future__ import annotations

from itertools import islice, permutations
from typing import TYPE_CHECKING, Any

from shapeguard.layers.costs import EXCHANGED, GUESSED_SIZE, OTHER_AXIS, SOLVED
from shapeguard.layers.operations.base import (
    MOST_ORDERS,
    OperationFamily,
    argument,
    axes_beside,
    fits,
    no_axis,
    place_of,
    total_of,
    with_size,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.layers.base import Change, Config, Refusal
    from shapeguard.layers.operations.base import Wanted
    from shapeguard.records.network import Shape

    Sizes = tuple[int, ...]


class Repeat(OperationFamily):
    """`repeats` multiplies the size of `axis`; without an axis, that of the flat tensor."""

    arguments = ("repeats", "axis")

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal | None:
        shape, repeats, axis = inputs[0], config["repeats"], config.get("axis")
        if not isinstance(repeats, int | None):
            return None
        if axis is None:
            total = total_of(shape)
            return ((None if total is None or repeats is None else total * repeats,),)
        place = place_of(axis, len(shape))
        if place is None:
            return no_axis(axis, len(shape))
        size = shape[place]
        return (with_size(shape, place, None if size is None or repeats is None else size * repeats),)

    def changes(self, config: Config, inputs: tuple[Shape, ...], wanted: Wanted = None) -> Iterator[Change]:
        shape, repeats, axis = inputs[0], config["repeats"], config.get("axis")
        for other in axes_beside(axis, len(shape), least=1) if isinstance(axis, int) or axis is None else ():
            if other or axis is not None:
                yield argument("axis", other, OTHER_AXIS)
        if isinstance(repeats, int):
            yield from _multiples(shape, repeats, place_of(axis, len(shape)), wanted)

    def inverse(self, config: Config, shape: Shape, wanted: Shape) -> Iterator[Shape]:
        repeats, axis = config["repeats"], place_of(config.get("axis"), len(shape))
        if axis is not None and isinstance(repeats, int) and len(wanted) == len(shape):
            yield from _divided(wanted, tuple(repeats if place == axis else 1 for place in range(len(wanted))))


def _multiples(shape: Shape, repeats: int, axis: int | None, wanted: Wanted) -> Iterator[Change]:
    """Other numbers of repetitions of one axis."""
    want = wanted[0][axis] if wanted and axis is not None and len(wanted[0]) == len(shape) else None
    solved = None if axis is None else _ratio(want, shape[axis])
    if axis is not None and solved is not None and solved != repeats:
        yield argument("repeats", solved, SOLVED, solved=fits(with_size(shape, axis, want), wanted))
    for other in (repeats + 1, repeats - 1, repeats * 2):
        if other > 0 and other != solved:
            yield argument("repeats", other, GUESSED_SIZE)


def _divided(wanted: Shape, repeats: tuple[int, ...]) -> Iterator[Shape]:
    """The shape that repeated is what is wanted."""
    shape = tuple(want if want is None else _ratio(want, times) for want, times in zip(wanted, repeats, strict=True))
    if all(want is None or size is not None for want, size in zip(wanted, shape, strict=True)):
        yield shape


class Tile(OperationFamily):
    """`repeats` multiplies the sizes of all axes, or of the last ones; a number that of the last one."""

    arguments = ("repeats",)

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal | None:
        shape = inputs[0]
        repeats = (config["repeats"],) if isinstance(config["repeats"], int) else tuple(config["repeats"])
        ndim = max(len(shape), len(repeats))
        padded = (*[1] * (ndim - len(shape)), *shape)
        times = (*[1] * (ndim - len(repeats)), *repeats)
        return (tuple(None if size is None or n is None else size * n for size, n in zip(padded, times, strict=True)),)

    def changes(self, config: Config, inputs: tuple[Shape, ...], wanted: Wanted = None) -> Iterator[Change]:
        shape, repeats = inputs[0], config["repeats"]
        if isinstance(repeats, int):
            yield from _multiples(shape, repeats, len(shape) - 1 if shape else None, wanted)
        now = _each(repeats, len(shape))
        for order in dict.fromkeys(islice(permutations(now), MOST_ORDERS)):
            if order != now:
                yield argument("repeats", order, EXCHANGED)
        if wanted and len(wanted[0]) == len(now) == len(shape):
            ratios = [_ratio(want, size) for want, size in zip(wanted[0], shape, strict=True)]
            solved = tuple(times if ratio is None else ratio for ratio, times in zip(ratios, now, strict=True))
            if solved != now and fits(_tiled(shape, solved), wanted):
                yield argument("repeats", solved, SOLVED, solved=True)

    def inverse(self, config: Config, shape: Shape, wanted: Shape) -> Iterator[Shape]:
        each = _each(config["repeats"], len(shape))
        if len(each) == len(shape) == len(wanted):
            yield from _divided(wanted, each)


def _each(repeats: Any, ndim: int) -> Sizes:
    """How often each axis of the output is repeated."""
    written = (repeats,) if isinstance(repeats, int) else tuple(repeats)
    return (*[1] * (ndim - len(written)), *written)


def _tiled(shape: Shape, repeats: tuple[int, ...]) -> Shape:
    return tuple(None if size is None else size * times for size, times in zip(shape, repeats, strict=True))


def _ratio(want: int | None, size: int | None) -> int | None:
    return want // size if want and size and want % size == 0 else None


RULES = (
    Repeat("Repeat"),
    Tile("Tile"),
)
