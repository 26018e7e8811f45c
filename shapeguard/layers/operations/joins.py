"""Operations that put several tensors together, along an axis that they have or one that is new."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from shapeguard.layers.base import Refusal
from shapeguard.layers.operations.axes import AlongAxis
from shapeguard.layers.operations.base import fits, no_axis, place_of, with_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.layers.base import Config
    from shapeguard.layers.operations.base import Wanted
    from shapeguard.records.network import Shape


class Join(AlongAxis):
    """Sizes on `axis` add up, all others are equal; `along` is the axis where it is no argument."""

    def __init__(self, *names: str, along: int | None = None) -> None:
        super().__init__(*names)
        self._along = along
        if along is not None:
            self.arguments = ()

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal | None:
        written = config.get("axis") if self._along is None else self._along
        if written is None or (self._along is not None and any(len(shape) <= self._along for shape in inputs)):
            return None
        ndim = len(inputs[0])
        axis = place_of(written, ndim)
        if any(len(shape) != ndim for shape in inputs):
            return Refusal(f"the ranks differ: {' and '.join(map(str, inputs))}")
        if axis is None:
            return no_axis(written, ndim)
        return _together(inputs, axis)

    def operands(self, config: Config, inputs: tuple[Shape, ...], place: int, wanted: Wanted = None) -> Iterator[Shape]:
        others = [shape for index, shape in enumerate(inputs) if index != place] or [inputs[place]]
        agreed = _in_common(others)
        axis = place_of(config.get("axis") if self._along is None else self._along, len(agreed))
        if axis is None:
            return
        if wanted is None:
            own = inputs[place] if len(inputs[place]) == len(agreed) else agreed
            yield with_size(tuple(map(_first_known, agreed, own)), axis, own[axis])
        elif len(others) < len(inputs) and fits(with_size(agreed, axis, None), wanted):
            yield from _rest(agreed, axis, [shape[axis] for shape in others], wanted[0])


def _together(inputs: tuple[Shape, ...], axis: int) -> tuple[Shape] | Refusal:
    """The shape of tensors of one rank behind each other on an axis."""
    output: list[int | None] = []
    for place, sizes in enumerate(zip(*inputs, strict=True)):
        differ = len(set(sizes) - {None}) > 1
        if place == axis:
            output.append(None if None in sizes else sum(size or 0 for size in sizes))
        elif differ:
            listed = " and ".join(map(str, sizes))
            return Refusal(f"axis {place} has {listed}, but only axis {axis} may differ", place)
        else:
            output.append(None if None in sizes else sizes[0])
    return (tuple(output),)


def _in_common(shapes: list[Shape]) -> Shape:
    """The size that most of the shapes have on each axis; nothing where their ranks differ."""
    if len(set(map(len, shapes))) > 1:
        return ()
    return tuple(_agreed(sizes) for sizes in zip(*shapes, strict=True))


def _agreed(sizes: tuple[int | None, ...]) -> int | None:
    """The size that most of the tensors have."""
    known = Counter(size for size in sizes if size is not None)
    return known.most_common(1)[0][0] if known else None


def _first_known(size: int | None, other: int | None) -> int | None:
    return other if size is None else size


def _rest(agreed: Shape, axis: int, sizes: list[int | None], wanted: Shape) -> Iterator[Shape]:
    """The shape that is left for one tensor, where these sizes of the others leave anything."""
    size = _left(wanted[axis], sizes)
    if size != 0:
        yield with_size(tuple(map(_first_known, agreed, wanted)), axis, size)


def _left(total: int | None, sizes: list[int | None]) -> int | None:
    """What is left of the wanted size for one tensor: 0 if nothing, `None` if that is not known."""
    return None if total is None or None in sizes else max(total - sum(size or 0 for size in sizes), 0)


class Stack(AlongAxis):
    """Tensors of one shape along a new axis."""

    def __init__(self, *names: str) -> None:
        super().__init__(*names, new_axis=True)

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        ndim = len(inputs[0])
        axis = place_of(config["axis"], ndim + 1)
        if axis is None:
            return no_axis(config["axis"], ndim + 1)
        differing = next((shape for shape in inputs if len(shape) != ndim or not fits(shape, inputs[:1])), None)
        if differing is not None:
            return Refusal(f"the shapes {inputs[0]} and {differing} differ")
        return ((*inputs[0][:axis], len(inputs), *inputs[0][axis:]),)

    def operands(self, config: Config, inputs: tuple[Shape, ...], place: int, wanted: Wanted = None) -> Iterator[Shape]:
        others = [shape for index, shape in enumerate(inputs) if index != place]
        if wanted is None:
            yield from dict.fromkeys(others)
            return
        axis = place_of(config.get("axis"), len(wanted[0]))
        if axis is None or wanted[0][axis] not in {None, len(inputs)}:
            return
        shape = (*wanted[0][:axis], *wanted[0][axis + 1 :])
        if all(fits(other, (shape,)) for other in others):
            yield shape


RULES = (
    Join("Concatenate", "Append"),
    Join("Vstack", along=0),
    Join("Hstack", along=1),
    Join("Dstack", along=2),
    Stack("Stack"),
)
