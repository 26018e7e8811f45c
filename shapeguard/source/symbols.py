"""Letters for the sizes that differ from run to run."""

from __future__ import annotations

from itertools import chain, count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapeguard.records.network import Shape

_LETTERS = ("T", "S", "L", "U", "V", "W", "P", "Q", "R")


class Symbols:
    """Names sizes: the same sizes in every run are the same symbol; `taken` are names that may not be used."""

    def __init__(self, taken: frozenset[str], batches: tuple[int | None, ...]) -> None:
        self._names: dict[tuple[int | None, ...], str] = {}
        self._free = self._unused(taken)
        self._batches = batches
        self._batch = next(name for name in chain(("B", "N"), self._numbered("B")) if name not in taken)

    def spec(self, shapes: Sequence[Shape]) -> str:
        """The spec that all these shapes, one a run, meet: `(B, T, 32)`."""
        dims = [self._dim(axis, sizes) for axis, sizes in enumerate(zip(*shapes, strict=True))]
        return f"({', '.join(dims)}{',' if len(dims) == 1 else ''})"

    def _dim(self, axis: int, sizes: tuple[int | None, ...]) -> str:
        differs = len(set(sizes)) > 1
        if axis == 0 and sizes == self._batches and (differs or None in sizes):
            return self._batch
        if None in sizes:
            return "None"
        if not differs:
            return str(sizes[0])
        if sizes not in self._names:
            self._names[sizes] = next(self._free)
        return self._names[sizes]

    def _unused(self, taken: frozenset[str]) -> Iterator[str]:
        return (name for name in chain(_LETTERS, self._numbered("D")) if name not in taken)

    def _numbered(self, letter: str) -> Iterator[str]:
        return (f"{letter}{number}" for number in count(1))
