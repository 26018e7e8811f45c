"""Operations that cut a part out of a tensor, or put something around it."""

from __future__ import annotations

from itertools import islice, permutations
from typing import TYPE_CHECKING

from shapeguard.layers.costs import EXCHANGED, SOLVED
from shapeguard.layers.operations.base import (
    MOST_ORDERS,
    OperationFamily,
    argument,
    fits,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.layers.base import Change, Config
    from shapeguard.layers.operations.base import Wanted
    from shapeguard.records.network import Shape

KEPT_AXIS = 0.2

"""A slice of one in the place of a number, so that the axis stays; or the other way about."""


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

    def inverse(self, config: Config, shape: Shape, wanted: Shape) -> Iterator[Shape]:
        key = config.get("key")
        written = key if isinstance(key, tuple) else (key,)
        if None in written and Ellipsis not in written:
            wanted, written = _without_new_axes(written, wanted), tuple(part for part in written if part is not None)
        parts = (*written, *[slice(None)] * (len(shape) - len(written)))
        is_plain = len(parts) == len(shape) and all(isinstance(part, int | slice) for part in parts)
        if is_plain and sum(isinstance(part, slice) for part in parts) == len(wanted):
            yield from _cut_from(shape, parts, wanted)

    def hint(self, config: Config, change: Change) -> str:
        del config, change
        return "A number in an index drops its axis, a slice keeps it."


def _cut_from(shape: Shape, parts: tuple[object, ...], wanted: Shape) -> Iterator[Shape]:
    """The shape of which slices leave what is wanted, if there is one."""
    rest = iter(wanted)
    pairs = zip(parts, shape, strict=True)
    sizes = tuple(_cut(part, size, next(rest)) if isinstance(part, slice) else size for part, size in pairs)
    if 0 not in sizes:
        yield sizes


def _cut(part: slice, size: int | None, want: int | None) -> int | None:
    """The size of an axis of which a slice leaves what is wanted; 0 where none does."""
    if part == slice(None) or want is None:
        return want
    if size is not None and len(range(size)[part]) == want:
        return size
    start, stop = part.start or 0, part.stop or 0
    is_inside = part.step in {None, 1} and start >= 0 and (part.stop is None or stop < 0)
    return start + want - stop if is_inside else 0


def _bounded(part: object, want: int | None, size: int | None) -> slice | None:
    """The slice from the same place that has the wanted size; `None` where it would be longer than the axis."""
    if not isinstance(part, slice) or want is None or size is None or part.step not in {None, 1}:
        return None
    start = part.start or 0
    return slice(part.start, start + want) if 0 <= start <= size - want else None


def _without_new_axes(key: tuple[object, ...], wanted: Shape) -> Shape:
    """What is wanted of the tensor itself, behind an index with `None` where an axis of one is added."""
    axes = [part is None for part in key if not isinstance(part, int)]
    new = (*axes, *[False] * (len(wanted) - len(axes)))
    return tuple(size for size, is_new in zip(wanted, new, strict=False) if not is_new)


class Slice(OperationFamily):
    """`shape` is the size of the part that is taken on each axis, the batch first."""

    arguments = ("shape",)

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
    Index("GetItem"),
    Slice("Slice"),
)
