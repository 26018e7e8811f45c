"""Operations that cut a part out of a tensor, or put something around it."""

from __future__ import annotations

from itertools import islice, permutations
from typing import TYPE_CHECKING

from shapeguard.layers.base import Change, Refusal
from shapeguard.layers.costs import EXCHANGED, SOLVED
from shapeguard.layers.operations.base import (
    MOST_ORDERS,
    OperationFamily,
    argument,
    fits,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.layers.base import Config
    from shapeguard.layers.operations.base import Wanted
    from shapeguard.records.network import Shape


class Pad(OperationFamily):
    """`pad_width` has a pair of sizes for each axis, the batch first."""

    arguments = ("pad_width",)

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal | None:
        shape, width = inputs[0], config["pad_width"]
        if isinstance(width, int):
            width = ((width, width),)
        elif len(width) == 2 and all(isinstance(each, int) for each in width):
            width = (width,)
        width = tuple(width) * len(shape) if len(width) == 1 else tuple(width)
        if len(width) != len(shape):
            return Refusal(f"`pad_width` has {len(width)} pairs for the {len(shape)} axes of {shape}")
        return (tuple(None if size is None else size + sum(pair) for size, pair in zip(shape, width, strict=True)),)

    def changes(self, config: Config, inputs: tuple[Shape, ...], wanted: Wanted = None) -> Iterator[Change]:
        shape, now = inputs[0], config["pad_width"]
        if not isinstance(now, list | tuple) or not all(isinstance(pair, list | tuple) for pair in now):
            return
        now = tuple(map(tuple, now))
        solved = _solved(shape, now, wanted[0]) if wanted and len(wanted[0]) == len(shape) == len(now) else now
        if solved != now:
            yield argument("pad_width", solved, SOLVED, solved=True)
        for order in dict.fromkeys(islice(permutations(now[1:]), MOST_ORDERS)):
            if (now[0], *order) != now:
                yield argument("pad_width", (now[0], *order), EXCHANGED)

    def inverse(self, config: Config, shape: Shape, wanted: Shape) -> Iterator[Shape]:
        pairs = config["pad_width"]
        is_each = isinstance(pairs, list | tuple) and all(isinstance(pair, list | tuple) for pair in pairs)
        if is_each and len(pairs) == len(wanted) == len(shape):
            inner = tuple(None if want is None else want - sum(pair) for want, pair in zip(wanted, pairs, strict=True))
            if all(size is None or size > 0 for size in inner):
                yield inner


def _solved(shape: Shape, now: tuple[tuple[int, int], ...], wanted: Shape) -> tuple[tuple[int, int], ...]:
    """The padding that gives the wanted sizes; as it is where they are not known."""
    return tuple(
        pair if want is None or size is None or want < size else _halves(want - size, pair)
        for want, size, pair in zip(wanted, shape, now, strict=True)
    )


def _halves(total: int, pair: tuple[int, int]) -> tuple[int, int]:
    """The padding of both sides: as it is where it is right, on one side where it is, else in equal parts."""
    before, behind = pair
    if before + behind == total:
        return pair
    if 0 in pair and any(pair):
        return (total, 0) if before else (0, total)
    return total // 2, total - total // 2


class Slice(OperationFamily):
    """`shape` is the size of the part that is taken on each axis, the batch first."""

    arguments = ("shape",)

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal | None:
        del inputs
        return (tuple(config["shape"]),) if config.get("shape") else None

    def changes(self, config: Config, inputs: tuple[Shape, ...], wanted: Wanted = None) -> Iterator[Change]:
        now = tuple(config.get("shape", ()))  # an argument of the call, not of the class, in Keras 3.6
        if wanted and len(wanted[0]) == len(inputs[0]) == len(now):
            sizes = zip(wanted[0], inputs[0], now, strict=True)
            solved = tuple(part if want is None or (size or want) < want else want for want, size, part in sizes)
            if solved != now and fits(solved, wanted):
                yield argument("shape", solved, SOLVED, solved=True)
        for order in dict.fromkeys(islice(permutations(now[1:]), MOST_ORDERS)):
            if (now[0], *order) != now:
                yield argument("shape", (now[0], *order), EXCHANGED)

    def accepted(self, config: Config, shape: Shape) -> Iterator[Shape]:
        sizes = tuple(config.get("shape", ()))
        if len(sizes) == len(shape):
            yield tuple(max(size, part) if size else size for size, part in zip(shape, sizes, strict=True))

    def inverse(self, config: Config, shape: Shape, wanted: Shape) -> Iterator[Shape]:
        if fits(tuple(config.get("shape", ())), (wanted,)):
            yield from self.accepted(config, shape)


RULES = (
    Pad("Pad"),
    Slice("Slice"),
)
