"""Operations whose argument is the shape that comes out."""

from __future__ import annotations

from itertools import islice, permutations
from math import prod
from typing import TYPE_CHECKING

from shapeguard.layers.base import Refusal
from shapeguard.layers.costs import EXCHANGED, SOLVED
from shapeguard.layers.operations.base import (
    MOST_ORDERS,
    OperationFamily,
    argument,
    broadcast,
    fits,
    total_of,
    with_size,
)

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


def elements(shape: Shape) -> int | None:
    """The number of elements of a sample; `None` if a size is not known."""
    return None if None in shape[1:] else prod(shape[1:])  # type: ignore[arg-type]


class Reshape(OperationFamily):
    """`newshape` has the batch as its first size, mostly -1."""

    arguments = ("newshape",)

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal | None:
        shape, target = inputs[0], config["newshape"]
        target = (target,) if isinstance(target, int) else tuple(target)
        if target.count(-1) > 1:
            return Refusal(f"`newshape` {target} has more than one -1")
        if None in target:
            return (target,) if -1 not in target else None
        return _reshaped(shape, target)

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
                    sizes = (*now[:place], total // rest, *now[place + 1 :])
                    yield sizes, ONE_SIZE, _is_fit((None, *sizes[1:]), wanted)
            yield (now[0], total), FLAT, False
        for order in islice(permutations(now[1:]), MOST_ORDERS):
            yield (now[0], *order), EXCHANGED, False
        if -1 not in now:
            yield from (((*now[:place], -1, *now[place + 1 :]), LEFT_OVER, False) for place in range(1, len(now)))

    def accepted(self, config: Config, shape: Shape) -> Iterator[Shape]:
        """One size of a sample solved, the last one first, so that the elements are as many as `newshape` has."""
        yield from _with_elements(shape, _target(config))

    def inverse(self, config: Config, shape: Shape, wanted: Shape) -> Iterator[Shape]:
        target = _target(config)
        if len(wanted) == len(target) and all(map(_may_become, target[1:], wanted[1:])):
            sizes = tuple(size if want is None else want for size, want in zip(target, wanted, strict=True))
            yield from _with_elements(shape, sizes)

    def hint(self, config: Config, change: Change) -> str:  # noqa: ARG002 one argument
        return "The shape of a reshape begins with the batch: -1 there takes what is left over."


def _reshaped(shape: Shape, target: Sizes) -> tuple[Shape] | Refusal:
    """The target with what is left over in the place of -1."""
    if None in shape:
        return (_filled(target, None),)
    total = total_of(shape) or 0
    rest = total_of(size for size in target if size != -1) or 1
    if total % rest or (-1 not in target and total != rest):
        return Refusal(f"{total} elements of {shape} cannot become {target}")
    return (_filled(target, total // rest),)


def _filled(target: Sizes, left: int | None) -> Shape:
    """The target with a size in the place of -1."""
    return tuple(left if size == -1 else size for size in target)


def _target(config: Config) -> Sizes:
    """The shape that is written, if it is one."""
    target = config["newshape"]
    return tuple(target) if isinstance(target, list | tuple) else ()


def _may_become(size: int, want: int | None) -> bool:
    return want is None or size in {-1, want}


def _with_elements(shape: Shape, target: Sizes) -> Iterator[Shape]:
    """The shape with one size such that a sample has as many elements as a sample of the target."""
    total = _product(target[1:]) if target else None
    for axis in range(len(shape) - 1, 0, -1):
        rest = _product((*shape[1:axis], *shape[axis + 1 :]))
        if total and rest and total % rest == 0:
            yield with_size(shape, axis, total // rest)


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


class WholeShape(OperationFamily):
    """`shape` is the shape of the output, whatever the tensors are."""

    arguments = ("shape",)

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal | None:
        del inputs
        return (tuple(config["shape"]),)

    def changes(self, config: Config, inputs: tuple[Shape, ...], wanted: Wanted = None) -> Iterator[Change]:
        del inputs
        now = tuple(config["shape"])
        if now and wanted and wanted[0] and None not in wanted[0][1:]:
            solved = (now[0] if wanted[0][0] is None else wanted[0][0], *wanted[0][1:])
            if solved != now:
                yield argument("shape", solved, SOLVED, solved=True)


class BroadcastTo(WholeShape):
    """The whole shape, which sizes of 1 take."""

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal | None:
        target = tuple(config["shape"])
        together = broadcast(inputs[0], target)
        if isinstance(together, Refusal) or len(inputs[0]) > len(target):
            return Refusal(f"a tensor of shape {inputs[0]} cannot be broadcast to {target}")
        return (target,)

    def changes(self, config: Config, inputs: tuple[Shape, ...], wanted: Wanted = None) -> Iterator[Change]:
        now = tuple(config["shape"])
        for change in super().changes(config, inputs, wanted):
            if _takes(change.arguments[0][1], inputs[0]):  # type: ignore[arg-type]
                yield change
        aligned = inputs[0][-len(now) :] if len(inputs[0]) <= len(now) else ()
        for place, size in enumerate(aligned, len(now) - len(aligned)):
            if size not in {None, 1, now[place]}:
                changed = (*now[:place], size, *now[place + 1 :])
                yield argument("shape", changed, SOLVED, solved=_takes(changed, inputs[0]) and _is_fit(changed, wanted))

    def accepted(self, config: Config, shape: Shape) -> Iterator[Shape]:
        target = tuple(config["shape"])
        if len(shape) <= len(target):
            aligned = target[len(target) - len(shape) :]
            yield tuple(mine if mine in {None, 1} else size for mine, size in zip(shape, aligned, strict=True))

    def inverse(self, config: Config, shape: Shape, wanted: Shape) -> Iterator[Shape]:
        if fits(tuple(config["shape"]), (wanted,)):
            yield from self.accepted(config, shape)


def _takes(target: Shape, shape: Shape) -> bool:
    """Whether a tensor of this shape can be broadcast to the target."""
    aligned = target[len(target) - len(shape) :]
    return len(shape) <= len(target) and all(size in {None, 1, to} for size, to in zip(shape, aligned, strict=True))


def _is_fit(shape: Shape, wanted: Wanted) -> bool:
    """Whether a shape is what is wanted, if anything is."""
    return wanted is None or fits(shape, wanted)


RULES = (
    Reshape("Reshape"),
    BroadcastTo("BroadcastTo"),
    WholeShape("Scatter"),
)
