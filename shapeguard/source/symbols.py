"""Letters for the sizes that differ from run to run."""

from __future__ import annotations

from itertools import chain, count
from typing import TYPE_CHECKING

from shapeguard.spec import AnySize, Fixed, Named, ShapeSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapeguard.records.network import Shape
    from shapeguard.spec import Dim

_LETTERS = ("T", "S", "L", "U", "V", "W", "P", "Q", "R")


class Symbols:
    """Names sizes: the same sizes in every run are the same symbol; `taken` are names that may not be used."""

    def __init__(self, taken: frozenset[str], batches: tuple[int | None, ...]) -> None:
        self._names: dict[tuple[int | None, ...], str] = {}
        self._free = self._unused(taken)
        self._batches = batches
        self._batch = next(name for name in chain(("B", "N"), self._numbered("B")) if name not in taken)

    def spec(self, shapes: Sequence[Shape]) -> ShapeSpec:
        """The spec that all these shapes, one per run, meet: `(B, T, 32)`."""
        return ShapeSpec(tuple(self._dim(axis, sizes) for axis, sizes in enumerate(zip(*shapes, strict=True))))

    def _dim(self, axis: int, sizes: tuple[int | None, ...]) -> Dim:
        size, differs = sizes[0], len(set(sizes)) > 1
        if axis == 0 and sizes == self._batches and (differs or size is None):
            return Named(self._batch)
        if size is None or None in sizes:
            return AnySize()
        if not differs:
            return Fixed(size)
        if sizes not in self._names:
            self._names[sizes] = next(self._free)
        return Named(self._names[sizes])

    def _unused(self, taken: frozenset[str]) -> Iterator[str]:
        return (name for name in chain(_LETTERS, self._numbered("D")) if name not in taken)

    def _numbered(self, letter: str) -> Iterator[str]:
        return (f"{letter}{number}" for number in count(1))
