"""Maps that were meant to be as large as each other, and miss it by a border."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shapeguard.records.network import Shape

WIDEST = 3
"""Pixels of a border: what is rounded on the way down is made smaller by as much at most."""
LEAST = 4
"""How many times larger the maps are than the border."""
GRIDS = (3, 4, 5)
"""Ranks of tensors with one, two and three spatial axes."""


def misses_by_little(one: Shape, other: Shape) -> bool:
    """Whether two maps differ by no more than a border."""
    border = border_of(one, other)
    return border is not None and any(border)


def border_of(one: Shape, other: Shape) -> tuple[int, ...] | None:
    """By how many pixels the second map is larger along each spatial axis; `None` where they are no such maps."""
    if len(one) != len(other) or len(one) not in GRIDS:
        return None
    found = []
    for size, larger in zip(one[1:-1], other[1:-1], strict=True):
        if size is None or larger is None:
            return None
        if abs(size - larger) > WIDEST or LEAST * abs(size - larger) > min(size, larger):
            return None
        found.append(larger - size)
    return tuple(found)
