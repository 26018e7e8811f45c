"""Operations along axes: reductions, other orders of axes, axes of one."""

from __future__ import annotations

from itertools import islice, permutations
from typing import TYPE_CHECKING

from shapeguard.layers.base import Change, Refusal
from shapeguard.layers.costs import OTHER_AXIS, SOLVED
from shapeguard.layers.operations.base import (
    OperationFamily,
    argument,
    as_axes,
    axes_beside,
    fits,
    no_axis,
    place_of,
    total_of,
    with_size,
    without_axes,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.layers.base import Config
    from shapeguard.layers.operations.base import Wanted
    from shapeguard.records.network import Shape
from shapeguard.layers.operations.reductions import BATCH_AXIS, SEVERAL_AXES


class AlongAxis(OperationFamily):
    """`axis` is where the operation works; `new_axis`: it is one that the output has more than the input."""

    arguments: tuple[str, ...] = ("axis",)

    def __init__(self, *names: str, new_axis: bool = False) -> None:
        super().__init__(*names)
        self._new_axis = new_axis

    def changes(self, config: Config, inputs: tuple[Shape, ...], wanted: Wanted = None) -> Iterator[Change]:
        del wanted  # Keras tells which of the few axes fits
        ndim = max(map(len, inputs), default=0) + self._new_axis
        written = config.get("axis")
        if "axis" in self.arguments and (isinstance(written, int) or written is None):
            for axis in axes_beside(written, ndim):
                yield argument("axis", axis, BATCH_AXIS if axis in {0, -ndim} else OTHER_AXIS)

    def hint(self, config: Config, change: Change) -> str:  # noqa: ARG002 the same for all
        return "Axis 0 is the batch."


class KeepsShape(AlongAxis):
    """Works along `axis` and keeps the shape; without an axis on a flat tensor."""

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        shape, axis = inputs[0], config.get("axis")
        if axis is None:
            return ((total_of(shape),),)
        return no_axis(axis, len(shape)) if place_of(axis, len(shape)) is None else (shape,)

    def inverse(self, config: Config, shape: Shape, wanted: Shape) -> Iterator[Shape]:
        if place_of(config.get("axis"), len(wanted)) is not None and len(shape) == len(wanted):
            yield wanted


class ExpandDims(AlongAxis):
    """`axis` is an axis of size 1 that the output has more; a tuple is several."""

    def __init__(self, *names: str) -> None:
        super().__init__(*names, new_axis=True)

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        axes = as_axes(config["axis"])
        ndim = len(inputs[0]) + len(axes)
        places = [place_of(axis, ndim) for axis in axes]
        if None in places:
            return no_axis(config["axis"], ndim)
        sizes = iter(inputs[0])
        return (tuple(1 if axis in places else next(sizes) for axis in range(ndim)),)

    def inverse(self, config: Config, shape: Shape, wanted: Shape) -> Iterator[Shape]:
        del shape
        axes = [place_of(axis, len(wanted)) for axis in as_axes(config.get("axis"))]
        if all(axis is not None and wanted[axis] in {None, 1} for axis in axes):
            yield tuple(size for axis, size in enumerate(wanted) if axis not in axes)


class Squeeze(OperationFamily):
    """Drops axes of size 1: the one in `axis`, or all."""

    arguments = ("axis",)

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal | None:
        shape, written = inputs[0], config.get("axis")
        if written is None:
            return (tuple(size for size in shape if size != 1),) if None not in shape[1:] else None
        return _squeezed(shape, [place_of(axis, len(shape)) for axis in as_axes(written)], written)

    def changes(self, config: Config, inputs: tuple[Shape, ...], wanted: Wanted = None) -> Iterator[Change]:
        shape, written = inputs[0], config.get("axis")
        ones = [axis for axis, size in enumerate(shape) if size == 1 and axis]
        for axis in ones:
            if not isinstance(written, int) or axis != written % len(shape):
                solved = fits(without_axes(shape, (axis,), kept=False), wanted)
                value = axis - len(shape) if isinstance(written, int) and written < 0 else axis
                yield argument("axis", value, SOLVED if solved else OTHER_AXIS, solved=solved)
        if len(ones) > 1:
            yield argument("axis", tuple(ones), SEVERAL_AXES)

    def accepted(self, config: Config, shape: Shape) -> Iterator[Shape]:
        axis = place_of(config.get("axis"), len(shape))
        if axis is not None:
            yield with_size(shape, axis, 1)
        yield from _with_one(shape, config.get("axis"))

    def inverse(self, config: Config, shape: Shape, wanted: Shape) -> Iterator[Shape]:
        del shape
        yield from _with_one(wanted, config.get("axis"))

    def hint(self, config: Config, change: Change) -> str:  # noqa: ARG002 one argument
        return "Without an axis every axis of size 1 goes." if config.get("axis") is None else ""


def _squeezed(shape: Shape, places: list[int | None], written: object) -> tuple[Shape] | Refusal:
    """The shape without these axes of size 1."""
    if None in places:
        return no_axis(written, len(shape))
    wide = next((axis for axis in places if axis is not None and shape[axis] not in {None, 1}), None)
    if wide is not None:
        return Refusal(f"axis {wide} has size {shape[wide]}, not 1", wide)
    return (tuple(size for axis, size in enumerate(shape) if axis not in places),)


def _with_one(shape: Shape, axis: object) -> Iterator[Shape]:
    """The shape with one axis of size 1 more."""
    place = place_of(axis, len(shape) + 1)
    if place is not None:
        yield (*shape[:place], 1, *shape[place:])


class Transpose(OperationFamily):
    """Another order of all axes; without `axes` the order is reversed, the batch comes last."""

    arguments = ("axes",)

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        shape, written = inputs[0], config.get("axes")
        order = tuple(reversed(range(len(shape)))) if written is None else as_axes(written)
        if sorted(-1 if (place := place_of(axis, len(shape))) is None else place for axis in order) != [
            *range(len(shape))
        ]:
            return Refusal(f"`axes` {order} is no order of the {len(shape)} axes of {shape}")
        return (tuple(shape[axis] for axis in order),)

    def changes(self, config: Config, inputs: tuple[Shape, ...], wanted: Wanted = None) -> Iterator[Change]:
        shape, written = inputs[0], config.get("axes")
        now = as_axes(written) if written is not None else tuple(reversed(range(len(shape))))
        for rest in islice(permutations(range(1, len(shape))), 120 if shape else 0):
            axes = (0, *rest)
            if axes == now:
                continue
            solved = fits(tuple(shape[axis] for axis in axes), wanted)
            is_meant = axes == _with_more_in_front(now, len(shape))
            yield argument("axes", axes, SOLVED if solved or is_meant else OTHER_AXIS, solved=solved)

    def inverse(self, config: Config, shape: Shape, wanted: Shape) -> Iterator[Shape]:
        del shape
        written = config.get("axes")
        yield from _put_back(wanted, as_axes(written) if written is not None else tuple(reversed(range(len(wanted)))))

    def hint(self, config: Config, change: Change) -> str:  # noqa: ARG002 one argument
        if config.get("axes") is None:
            return "Without axes the order is reversed: the batch comes last."
        return "The axes of ops.transpose count the batch, as axis 0."


def _with_more_in_front(axes: tuple[int, ...], ndim: int) -> tuple[int, ...]:
    """An order of the last axes of a tensor that has more of them than it was written for; the batch stays first."""
    more = ndim - len(axes)
    return (*range(more + 1), *(axis + more for axis in axes[1:])) if more > 0 and axes[:1] == (0,) else ()


def _put_back(wanted: Shape, order: tuple[int, ...]) -> Iterator[Shape]:
    """The shape whose axes in this order are those that are wanted."""
    ndim = len(order)
    places = [axis % ndim for axis in order]
    if len(wanted) == ndim and sorted(places) == [*range(ndim)]:
        yield tuple(wanted[places.index(axis)] for axis in range(ndim))


class TwoAxes(OperationFamily):
    """Two axes that change places, or one that moves to the place of another; `moves`: no other axis leaves."""

    def __init__(self, *names: str, pair: tuple[str, str], moves: bool = True) -> None:
        super().__init__(*names)
        self.arguments = pair
        self._moves = moves

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal | None:
        shape, written = inputs[0], [config[name] for name in self.arguments]
        if not self._moves or not all(isinstance(axis, int) for axis in written):
            return None
        one, other = (place_of(axis, len(shape)) for axis in written)
        if one is None or other is None:
            return no_axis(written[0] if one is None else written[1], len(shape))
        return (tuple(shape[axis] for axis in self._order(len(shape), one, other)),)

    def changes(self, config: Config, inputs: tuple[Shape, ...], wanted: Wanted = None) -> Iterator[Change]:
        del wanted  # Keras tells which of the few pairs fits
        now = tuple(config[name] for name in self.arguments)
        if not all(isinstance(axis, int) for axis in now):
            return
        for place, name in enumerate(self.arguments):
            for axis in axes_beside(now[place], len(inputs[0])):
                if axis % len(inputs[0]) != now[1 - place] % len(inputs[0]):
                    yield argument(name, axis, BATCH_AXIS if axis in {0, -len(inputs[0])} else OTHER_AXIS)

    def inverse(self, config: Config, shape: Shape, wanted: Shape) -> Iterator[Shape]:
        del shape
        one, other = (place_of(config[name], len(wanted)) for name in self.arguments)
        if self._moves and one is not None and other is not None:
            yield from _put_back(wanted, self._order(len(wanted), one, other))

    def _order(self, ndim: int, one: int, other: int) -> tuple[int, ...]:
        order = [*range(ndim)]
        if self.arguments == MOVED:
            order.insert(other, order.pop(one))
        else:
            order[one], order[other] = other, one
        return tuple(order)


MOVED = ("source", "destination")


RULES = (
    AlongAxis("Glu", "Trapezoid", "Unstack"),
    KeepsShape("Argpartition", "Argsort", "Cumprod", "Cumsum", "Nancumprod", "Nancumsum"),
    ExpandDims("ExpandDims"),
    Squeeze("Squeeze"),
    Transpose("Transpose"),
    TwoAxes("Swapaxes", pair=("axis1", "axis2")),
    TwoAxes("Diagonal", "Trace", pair=("axis1", "axis2"), moves=False),
    TwoAxes("Moveaxis", pair=MOVED),
)
