"""Operations that take a part of a tensor, or put something around it."""

from __future__ import annotations

from itertools import islice, permutations
from typing import TYPE_CHECKING

from shapeguard.layers.costs import EXCHANGED, SOLVED
from shapeguard.layers.operations.base import OperationFamily, argument

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.layers.base import Change, Config
    from shapeguard.layers.operations.base import Wanted
    from shapeguard.records.network import Shape

KEPT_AXIS = 0.2
"""A slice of one in the place of a number, so that the axis stays; or the other way about."""
MOST_ORDERS = 24
"""Orders of paddings that are tried."""


class Pad(OperationFamily):
    """`pad_width` has a pair of sizes for each axis, the batch first."""

    arguments = ("pad_width",)

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


def _solved(shape: Shape, now: tuple[tuple[int, int], ...], wanted: Shape) -> tuple[tuple[int, int], ...]:
    """The padding that gives the wanted sizes; as it is where they are not known."""
    return tuple(
        pair if want is None or size is None or want < size else _halves(want - size, pair)
        for want, size, pair in zip(wanted, shape, now, strict=True)
    )


def _halves(total: int, pair: tuple[int, int]) -> tuple[int, int]:
    """The padding of both sides: as it is where it is right, else in equal parts, the odd one behind."""
    return pair if sum(pair) == total else (total // 2, total - total // 2)


class Index(OperationFamily):
    """An index of a tensor, as `x[:, 0]`: its `key` has a number or slice per axis, the batch first."""

    arguments = ("key",)

    def changes(self, config: Config, inputs: tuple[Shape, ...], wanted: Wanted = None) -> Iterator[Change]:
        shape, now = inputs[0], config["key"]
        key = now if isinstance(now, tuple) else (now,)
        if any(part is None or part is Ellipsis or not isinstance(part, int | slice) for part in key):
            return
        for place, part in enumerate(key):
            if isinstance(part, int) and place:
                kept = slice(part, part + 1 or None)
                yield argument("key", (*key[:place], kept, *key[place + 1 :]), KEPT_AXIS)
        if len(key) == 1 and isinstance(key[0], int):
            yield argument("key", (slice(None), key[0]), KEPT_AXIS)
        yield from self._numbers(key)
        yield from self._bounds(key, shape, wanted)

    def _numbers(self, key: tuple[object, ...]) -> Iterator[Change]:
        """A number in the place of a slice, where the tensor has an axis too many."""
        for place, part in enumerate(key):
            if place and isinstance(part, slice) and part != slice(None):
                first = part.start if isinstance(part.start, int) else 0
                yield argument("key", (*key[:place], first, *key[place + 1 :]), KEPT_AXIS)

    def _bounds(self, key: tuple[object, ...], shape: Shape, wanted: Wanted) -> Iterator[Change]:
        """The end of a slice, solved for the size that is wanted; without numbers in front, axes are as in `shape`."""
        if not wanted or len(wanted[0]) != len(shape) or any(isinstance(part, int) for part in key):
            return
        for place, (part, want, size) in enumerate(zip(key, wanted[0], shape, strict=False)):
            bounded = _bounded(part, want, size) if place else None
            if bounded is not None and bounded != part:
                yield argument("key", (*key[:place], bounded, *key[place + 1 :]), SOLVED, solved=True)

    def hint(self, config: Config, change: Change) -> str:
        del config, change
        return "A number in an index drops its axis, a slice keeps it."


def _bounded(part: object, want: int | None, size: int | None) -> slice | None:
    """The slice from the same place that has the wanted size; `None` where it would be longer than the axis."""
    if not isinstance(part, slice) or want is None or size is None or part.step not in {None, 1}:
        return None
    start = part.start or 0
    return slice(part.start, start + want) if 0 <= start <= size - want else None


RULES = (
    Pad("Pad"),
    Index("GetItem"),
)
