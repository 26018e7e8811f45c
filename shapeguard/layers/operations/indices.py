"""Indices of tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.layers.base import Change, Refusal
from shapeguard.layers.costs import SOLVED
from shapeguard.layers.operations.base import (
    OperationFamily,
    argument,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.layers.base import Config
    from shapeguard.layers.operations.base import Wanted
    from shapeguard.records.network import Shape


KEPT_AXIS = 0.2
"""A slice of one in the place of a number, so that the axis stays; or the other way about."""


class Index(OperationFamily):
    """An index of a tensor, as `x[:, 0]`: its `key` has a number or slice per axis, of a batch its samples first."""

    arguments = ("key",)

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal | None:
        key = config["key"] if isinstance(config["key"], tuple) else (config["key"],)
        if not all(part is None or part is Ellipsis or isinstance(part, int | slice) for part in key):
            return None
        return _indexed(inputs[0], key)

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
            bounded = _bounded(part, want, size)
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


def _indexed(shape: Shape, key: tuple[object, ...]) -> tuple[Shape] | Refusal:
    """The shape behind an index of numbers, slices, `None` and `...`."""
    taken = sum(part is not None and part is not Ellipsis for part in key)
    if taken > len(shape):
        return Refusal(f"{taken} indices for the {len(shape)} axes of {shape}")
    place = next((place for place, part in enumerate(key) if part is Ellipsis), len(key))
    filled = (*key[:place], *[slice(None)] * (len(shape) - taken), *key[place + 1 :])
    sizes = iter(enumerate(shape))
    output: list[int | None] = []
    for part in filled:
        axis, size = (0, None) if part is None else next(sizes)
        if _is_beyond(part, size):
            return Refusal(f"index {part} is beyond the {size} entries of axis {axis}", axis)
        if not isinstance(part, int):
            output.append(1 if part is None else _left_by(part, size))
    return (tuple(output),)


def _is_beyond(part: object, size: int | None) -> bool:
    return isinstance(part, int) and size is not None and not -size <= part < size


def _left_by(part: object, size: int | None) -> int | None:
    """The size that a slice leaves of an axis."""
    if size is None or not isinstance(part, slice) or part == slice(None):
        return size
    return len(range(size)[part])


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


RULES = (Index("GetItem"),)
