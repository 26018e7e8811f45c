"""Operations whose arguments are sizes: reshapes, repetitions, classes."""

from __future__ import annotations

from itertools import islice, permutations
from math import prod
from typing import TYPE_CHECKING

from shapeguard.layers.costs import EXCHANGED, GUESSED_SIZE, OTHER_AXIS, SOLVED
from shapeguard.layers.operations.base import OperationFamily, argument, axes_beside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.layers.base import Change, Config
    from shapeguard.layers.operations.base import Wanted
    from shapeguard.records.network import Shape

    Sizes = tuple[int, ...]

ONE_SIZE = 0.4
"""One size of several solved so that the elements fit."""
LEFT_OVER = 0.5
"""A -1 in the place of one size."""
FLAT = 0.6
"""All axes of a sample in one."""
MOST_ORDERS = 24
"""Orders of sizes that are tried."""


def elements(shape: Shape) -> int | None:
    """The number of elements of a sample; `None` if a size is not known."""
    return None if None in shape[1:] else prod(shape[1:])  # type: ignore[arg-type]


class Reshape(OperationFamily):
    """`newshape` has the batch as its first size, mostly -1."""

    arguments = ("newshape",)

    def changes(self, config: Config, inputs: tuple[Shape, ...], wanted: Wanted = None) -> Iterator[Change]:
        shape, now = inputs[0], config["newshape"]
        if not isinstance(now, list | tuple) or not now or not shape:
            return
        seen = {tuple(now)}
        for sizes, cost, solved in self._sizes(tuple(now), elements(shape), wanted):
            if sizes not in seen and sizes.count(-1) <= 1:
                seen.add(sizes)
                yield argument("newshape", sizes, cost, solved=solved)

    def _sizes(self, now: tuple[int, ...], total: int | None, wanted: Wanted) -> Iterator[tuple[Sizes, float, bool]]:
        """Other shapes, each with its cost and whether it was solved."""
        for sizes in _wanted_sizes(wanted, total):
            yield (now[0], *sizes), SOLVED, True
        if total is not None:
            for place in range(1, len(now)):
                rest = _product(now[1:place] + now[place + 1 :])
                if rest and total % rest == 0:
                    yield (*now[:place], total // rest, *now[place + 1 :]), ONE_SIZE, True
            yield (now[0], total), FLAT, False
        for order in islice(permutations(now[1:]), MOST_ORDERS):
            yield (now[0], *order), EXCHANGED, False
        if -1 not in now:
            yield from (((*now[:place], -1, *now[place + 1 :]), LEFT_OVER, False) for place in range(1, len(now)))

    def hint(self, config: Config, change: Change) -> str:  # noqa: ARG002 one argument
        return "The shape of ops.reshape begins with the batch: -1 there takes what is left over."


def _product(sizes: tuple[object, ...]) -> int | None:
    """The product of sizes that are all positive numbers; else `None`."""
    total = 1
    for size in sizes:
        if not isinstance(size, int) or size <= 0:
            return None
        total *= size
    return total


def _wanted_sizes(wanted: Wanted, total: int | None) -> Iterator[tuple[int, ...]]:
    """The wanted sizes of a sample, one that is not known solved from the number of elements."""
    if not wanted or not wanted[0]:
        return
    sizes = wanted[0][1:]
    known = tuple(size for size in sizes if size is not None)
    held = _product(known)
    if len(known) == len(sizes):
        yield known
    elif len(known) == len(sizes) - 1 and total is not None and held and total % held == 0:
        yield tuple(total // held if size is None else size for size in sizes)


class BroadcastTo(OperationFamily):
    """The whole shape, which sizes of 1 take."""

    arguments = ("shape",)

    def changes(self, config: Config, inputs: tuple[Shape, ...], wanted: Wanted = None) -> Iterator[Change]:
        now = tuple(config["shape"])
        if wanted and None not in wanted[0][1:]:
            yield argument("shape", (now[0], *wanted[0][1:]), SOLVED, solved=True)
        aligned = inputs[0][-len(now) :] if len(inputs[0]) <= len(now) else ()
        for place, size in enumerate(aligned, len(now) - len(aligned)):
            if size not in {None, 1, now[place]}:
                yield argument("shape", (*now[:place], size, *now[place + 1 :]), SOLVED, solved=True)


class Repetition(OperationFamily):
    """`repeats` multiplies the size of an axis, or those of all axes."""

    arguments = ("repeats", "axis")

    def changes(self, config: Config, inputs: tuple[Shape, ...], wanted: Wanted = None) -> Iterator[Change]:
        shape, repeats, axis = inputs[0], config["repeats"], config.get("axis")
        if isinstance(axis, int):
            for other in axes_beside(axis, len(shape), least=1):
                yield argument("axis", other, OTHER_AXIS)
        if isinstance(repeats, int):
            yield from self._of_one_axis(shape, repeats, axis, wanted)
        elif isinstance(repeats, list | tuple):
            yield from self._of_all_axes(shape, tuple(repeats), wanted)

    def _of_one_axis(self, shape: Shape, repeats: int, axis: object, wanted: Wanted) -> Iterator[Change]:
        size = shape[axis] if isinstance(axis, int) and -len(shape) <= axis < len(shape) else None
        want = wanted[0][axis] if wanted and isinstance(axis, int) and len(wanted[0]) == len(shape) else None
        if size and want and want % size == 0 and want // size != repeats:
            yield argument("repeats", want // size, SOLVED, solved=True)
        for other in (repeats + 1, repeats - 1, repeats * 2):
            if other > 0:
                yield argument("repeats", other, GUESSED_SIZE)

    def _of_all_axes(self, shape: Shape, repeats: tuple[object, ...], wanted: Wanted) -> Iterator[Change]:
        for order in dict.fromkeys(islice(permutations(repeats), MOST_ORDERS)):
            if order != repeats:
                yield argument("repeats", order, EXCHANGED)
        if wanted and len(wanted[0]) == len(repeats) == len(shape):
            ratios = [_ratio(want, size) for want, size in zip(wanted[0], shape, strict=True)]
            solved = tuple(now if ratio is None else ratio for ratio, now in zip(ratios, repeats, strict=True))
            if solved != repeats:
                yield argument("repeats", solved, SOLVED, solved=True)


def _ratio(want: int | None, size: int | None) -> int | None:
    return want // size if want and size and want % size == 0 else None


class Classes(OperationFamily):
    """`num_classes` is the size of the axis that is added."""

    arguments = ("num_classes",)

    def changes(self, config: Config, inputs: tuple[Shape, ...], wanted: Wanted = None) -> Iterator[Change]:
        now = config["num_classes"]
        want = wanted[0][-1] if wanted and len(wanted[0]) == len(inputs[0]) + 1 else None
        if want and want != now:
            yield argument("num_classes", want, SOLVED, solved=True)
        for other in (now + 1, now - 1):
            if other > 0:
                yield argument("num_classes", other, GUESSED_SIZE)


RULES = (
    Reshape("Reshape"),
    BroadcastTo("BroadcastTo"),
    Repetition("Repeat", "Tile"),
    Classes("OneHot", "MultiHot"),
)
