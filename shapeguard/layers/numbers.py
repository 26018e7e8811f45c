"""Values worth trying, nearest to what people write first."""

from __future__ import annotations

from itertools import combinations, islice
from math import isqrt, prod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from shapeguard.layers.windows import Interval

CAP = 3
"""Values taken from one interval of solutions: the search tries each, and the nearest is nearly always the one."""


def nearest(interval: Interval, current: int, cap: int = CAP) -> tuple[int, ...]:
    """At most `cap` members of `interval`, those nearest to `current` first, the smaller one first among equals."""
    low, high = interval
    start = max(low, current) if high is None else min(max(low, current), high)
    near = (value for distance in range(2 * cap + 1) for value in sorted({start - distance, start + distance}))
    return tuple(islice((value for value in near if _holds(interval, value)), cap))


def fill(intervals: Sequence[Interval | None], current: Sequence[int], cap: int = CAP) -> Iterator[tuple[int, ...]]:
    """One value per axis inside each interval: the same value on every axis first, then the nearest on each.

    Nothing where an interval is empty (`None`), or where `current` lies in all of them already.
    """
    known = [interval for interval in intervals if interval is not None]
    if len(known) < len(intervals) or all(map(_holds, known, current)):
        return
    common = _common(known)
    if common is not None:
        anchor = next(value for value, interval in zip(current, known, strict=True) if not _holds(interval, value))
        yield from ((value,) * len(known) for value in nearest(common, anchor, cap))
    mixed = tuple(nearest(interval, value, 1)[0] for interval, value in zip(known, current, strict=True))
    if len(set(mixed)) > 1:
        yield mixed


def _common(intervals: Sequence[Interval]) -> Interval | None:
    """The intersection of the intervals; `None` if it is empty."""
    low = max(interval[0] for interval in intervals)
    high = min((interval[1] for interval in intervals if interval[1] is not None), default=None)
    return (low, high) if high is None or low <= high else None


def _holds(interval: Interval, value: int) -> bool:
    low, high = interval
    return low <= value and (high is None or value <= high)


def uniform(values: Iterable[int], current: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Each value on every axis, and `current` with its ends exchanged where it is not uniform; never `current`."""
    mirrored = tuple(reversed(current))
    if mirrored != tuple(current):
        yield mirrored
    for value in values:
        filled = (value,) * len(current)
        if filled != tuple(current):
            yield filled


def splits(total: int, current: tuple[int, int], cap: int = 4) -> Iterator[tuple[int, int]]:
    """Ways to divide `total` over the two sides of an axis: symmetric, then one side kept, then lopsided."""
    half = total // 2
    options = [(half, total - half), (total - half, half), (current[0], total - current[0])]
    options += [(total - current[1], current[1]), (0, total), (total, 0)]
    seen = dict.fromkeys(option for option in options if min(option) >= 0)
    yield from islice(seen, cap)


def factorings(total: int, ndim: int, anchor: Sequence[int], cap: int = 6) -> Iterator[tuple[int, ...]]:
    """Ways to write `total` as a product of `ndim` factors in which most of `anchor` survives.

    One or two factors are solved for; the others are those of `anchor`, in their place.
    """
    if len(anchor) == ndim:
        found = dict.fromkeys(_repaired(total, tuple(anchor)))
        yield from islice((shape for shape in found if shape != tuple(anchor)), cap)
    elif ndim == 1:
        yield (total,)


def _repaired(total: int, anchor: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """`anchor` with one factor solved for, then with two equal ones."""
    for place in range(len(anchor)):
        missing = _missing(total, anchor, {place})
        if missing is not None:
            yield (*anchor[:place], missing, *anchor[place + 1 :])
    for places in combinations(range(len(anchor)), 2):
        missing = _missing(total, anchor, {*places})
        root = None if missing is None else isqrt(missing)
        if root is not None and root * root == missing:
            yield tuple(root if place in places else factor for place, factor in enumerate(anchor))


def _missing(total: int, factors: tuple[int, ...], places: set[int]) -> int | None:
    """The product that the factors in these places need; `None` if the others do not divide `total`."""
    rest = prod(factor for place, factor in enumerate(factors) if place not in places)
    return total // rest if rest > 0 and total % rest == 0 else None
