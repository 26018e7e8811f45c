"""Operations that take a tensor apart along an axis, or entries out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.layers.base import Refusal
from shapeguard.layers.costs import OTHER_AXIS, SOLVED
from shapeguard.layers.operations.axes import AlongAxis
from shapeguard.layers.operations.base import (
    OperationFamily,
    argument,
    axes_beside,
    fits,
    no_axis,
    place_of,
    with_size,
)
from shapeguard.layers.operations.letters import Lettered, Letters
from shapeguard.layers.operations.reductions import BATCH_AXIS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.layers.base import Change, Config
    from shapeguard.layers.operations.base import Wanted
    from shapeguard.records.network import Shape


class Take(AlongAxis):
    """The axes of the indices come in the place of `axis`; without one they are the whole shape."""

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal | None:
        written = config.get("indices")
        indices = inputs[1] if len(inputs) > 1 else () if isinstance(written, int) else _lengths(written)
        if indices is None:
            return None
        shape, axis = inputs[0], config.get("axis")
        if axis is None:
            return (indices,)
        place = place_of(axis, len(shape))
        return no_axis(axis, len(shape)) if place is None else ((*shape[:place], *indices, *shape[place + 1 :]),)

    def operands(self, config: Config, inputs: tuple[Shape, ...], place: int, wanted: Wanted = None) -> Iterator[Shape]:
        shape, axis = inputs[0], place_of(config.get("axis"), len(inputs[0]))
        if wanted is None or axis is None or len(wanted[0]) < len(shape) - 1:
            return
        behind = len(wanted[0]) - (len(shape) - axis - 1)
        front, middle, back = wanted[0][:axis], wanted[0][axis:behind], wanted[0][behind:]
        if place == 0 and (len(inputs) == 1 or fits(inputs[1], (middle,))):
            yield (*front, shape[axis], *back)
        if place == 1 and fits((*shape[:axis], *shape[axis + 1 :]), ((*front, *back),)):
            yield middle


def _lengths(written: object) -> Shape | None:
    """The shape of a list of numbers."""
    is_flat = isinstance(written, list | tuple) and all(isinstance(each, int) for each in written)
    return (len(written),) if is_flat else None  # type: ignore[arg-type]


class TakeAlongAxis(AlongAxis, Lettered):
    """Indices of the rank of the tensor; on all other axes both have one size, or 1."""

    def letters(self, config: Config, inputs: tuple[Shape, ...]) -> Letters | None:
        axis = place_of(config.get("axis"), len(inputs[0]))
        if axis is None or len(inputs) != 2 or len(inputs[0]) != len(inputs[1]):
            return None
        terms = [[f"-{place}" for place in range(len(inputs[0]))] for _ in inputs]
        terms[0][axis], terms[1][axis] = "x", "i"
        return Letters((tuple(terms[0]), tuple(terms[1])), tuple(terms[1]))

    operands = Lettered.operands
    forward = Lettered.forward


class Split(OperationFamily):
    """A number of equal parts, or the places where parts begin, along `axis`; `along`: where it is no argument."""

    arguments: tuple[str, ...] = ("axis", "indices_or_sections")

    def __init__(self, *names: str, along: int | None = None, equal: bool = True) -> None:
        super().__init__(*names)
        self._along, self._equal = along, equal
        if along is not None:
            self.arguments = ("indices_or_sections",)

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal | None:
        shape, parts = inputs[0], config["indices_or_sections"]
        axis = self._axis(config, shape)
        if axis is None:
            return no_axis(config.get("axis", self._along), len(shape))
        size = shape[axis]
        if isinstance(parts, int):
            if size is not None and size % parts and self._equal:
                return Refusal(f"axis {axis} has {size} entries, which cannot be split into {parts} equal parts", axis)
            if size is None or not size % parts:
                return (with_size(shape, axis, None if size is None else size // parts),) * parts
            return tuple(with_size(shape, axis, size // parts + (place < size % parts)) for place in range(parts))
        bounds = (0, *parts)
        pairs = zip(bounds, (*parts, size), strict=True)
        return tuple(with_size(shape, axis, None if end is None else max(end - start, 0)) for start, end in pairs)

    def changes(self, config: Config, inputs: tuple[Shape, ...], wanted: Wanted = None) -> Iterator[Change]:
        shape, parts = inputs[0], config["indices_or_sections"]
        axis = config["axis"] if self._along is None else self._along
        if self._along is None:
            for other in axes_beside(axis, len(shape)):
                yield argument("axis", other, BATCH_AXIS if other in {0, -len(shape)} else OTHER_AXIS)
        place = place_of(axis, len(shape))
        if isinstance(parts, int) and place is not None:
            want = wanted[0][place] if wanted and len(wanted[0]) == len(shape) else None
            yield from self._numbers(shape[place], parts, want, is_solved=fits(with_size(shape, place, want), wanted))

    def _numbers(self, size: int | None, now: int, want: int | None, *, is_solved: bool) -> Iterator[Change]:
        """Other numbers of parts: that for the wanted size of each, then small ones."""
        if size is None:
            return
        solved = size // want if want and size % want == 0 else None
        for other in dict.fromkeys((solved, now - 1, now + 1, 2, 3, 4)):
            if other is not None and other > 1 and other != now and size % other == 0:
                fitting = other == solved and is_solved
                yield argument("indices_or_sections", other, SOLVED if fitting else OTHER_AXIS, solved=fitting)

    def accepted(self, config: Config, shape: Shape) -> Iterator[Shape]:
        axis, parts = self._axis(config, shape), config["indices_or_sections"]
        size = None if axis is None else shape[axis]
        if axis is not None and size is not None and self._equal and isinstance(parts, int) and size % parts:
            yield with_size(shape, axis, -(-size // parts) * parts)
            if size > parts:
                yield with_size(shape, axis, size // parts * parts)

    def inverse(self, config: Config, shape: Shape, wanted: Shape) -> Iterator[Shape]:
        axis, parts = self._axis(config, shape), config["indices_or_sections"]
        if axis is not None and isinstance(parts, int) and len(wanted) == len(shape):
            want = wanted[axis]
            yield with_size(wanted, axis, shape[axis] if want is None else want * parts)

    def _axis(self, config: Config, shape: Shape) -> int | None:
        return place_of(config["axis"] if self._along is None else self._along, len(shape))


RULES = (
    Take("Take"),
    TakeAlongAxis("TakeAlongAxis"),
    Split("Split"),
    Split("ArraySplit", equal=False),
    Split("Vsplit", along=0),
    Split("Hsplit", along=1),
    Split("Dsplit", along=2),
)
