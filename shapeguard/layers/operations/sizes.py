"""Operations of which one argument is a size, or one of a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.layers.costs import GUESSED_SIZE, OTHER_AXIS, SOLVED
from shapeguard.layers.operations.axes import AlongAxis
from shapeguard.layers.operations.base import (
    OperationFamily,
    argument,
    fits,
    place_of,
    with_size,
)
from shapeguard.layers.operations.reductions import BATCH_AXIS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.layers.base import Change, Config, Refusal
    from shapeguard.layers.operations.base import Wanted
    from shapeguard.records.network import Shape


class NewSize(OperationFamily):
    """An argument is the size of an axis that is added at `axis`, -1 the last one."""

    def __init__(self, *names: str, size: str) -> None:
        super().__init__(*names)
        self.arguments = (size, "axis")

    def changes(self, config: Config, inputs: tuple[Shape, ...], wanted: Wanted = None) -> Iterator[Change]:
        name, shape = self.arguments[0], self._beside(inputs)
        now, axis = config[name], place_of(config.get("axis"), len(shape) + 1)
        want = wanted[0][axis] if wanted and axis is not None and len(wanted[0]) == len(shape) + 1 else None
        if axis is not None and want and want != now:
            solved = fits((*shape[:axis], want, *shape[axis:]), wanted)
            yield argument(name, want, SOLVED if solved else GUESSED_SIZE, solved=solved)
        yield from (argument(name, size, GUESSED_SIZE) for size in (now + 1, now - 1) if size > 0 and size != want)
        if "axis" in self.arguments:
            yield from _other_places(axis, len(shape))

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal | None:
        shape, size = self._beside(inputs), config[self.arguments[0]]
        axis = place_of(config.get("axis"), len(shape) + 1)
        return None if axis is None else ((*shape[:axis], size, *shape[axis:]),)

    def _beside(self, inputs: tuple[Shape, ...]) -> Shape:
        """The axes of the output that are not new."""
        return max(inputs, key=len)

    def inverse(self, config: Config, shape: Shape, wanted: Shape) -> Iterator[Shape]:
        del shape
        axis = place_of(config.get("axis"), len(wanted))
        if axis is not None and wanted[axis] in {None, config[self.arguments[0]]}:
            yield (*wanted[:axis], *wanted[axis + 1 :])


def _other_places(axis: int | None, ndim: int) -> Iterator[Change]:
    """Other places for the new axis: the last one, then those behind the batch."""
    for other in dict.fromkeys((-1, *range(1, ndim), 0)):
        if place_of(other, ndim + 1) != axis:
            yield argument("axis", other, OTHER_AXIS if other else BATCH_AXIS)


class Spaced(NewSize):
    """Numbers from one tensor to another: both together have the shape of the output, no one alone."""

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> None:
        del config, inputs

    def operands(self, config: Config, inputs: tuple[Shape, ...], place: int, wanted: Wanted = None) -> Iterator[Shape]:
        del config, inputs, place, wanted
        yield from ()


class Classes(NewSize):
    """`num_classes` is the size of the last axis; the axis behind the batch, which lists them, goes."""

    def __init__(self, *names: str, size: str) -> None:
        super().__init__(*names, size=size)
        self.arguments = (size,)

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> None:
        del config, inputs

    def _beside(self, inputs: tuple[Shape, ...]) -> Shape:
        return (*inputs[0][:-1][:1], *inputs[0][2:])

    def inverse(self, config: Config, shape: Shape, wanted: Shape) -> Iterator[Shape]:
        if config.get("axis") == -1 and len(wanted) == len(shape) > 1 and wanted[-1] in {None, config["num_classes"]}:
            yield (wanted[0], shape[1], *wanted[1:-1])


class Segments(OperationFamily):
    """`num_segments` is the size of the first axis."""

    arguments = ("num_segments",)

    def changes(self, config: Config, inputs: tuple[Shape, ...], wanted: Wanted = None) -> Iterator[Change]:
        want = wanted[0][0] if wanted and len(wanted[0]) == len(inputs[0]) else None
        if want and want != config["num_segments"]:
            yield argument("num_segments", want, SOLVED, solved=fits((want, *inputs[0][1:]), wanted))

    def inverse(self, config: Config, shape: Shape, wanted: Shape) -> Iterator[Shape]:
        if wanted and wanted[0] in {None, config["num_segments"]}:
            yield (*shape[:1], *wanted[1:])


class Choice(OperationFamily):
    """An argument has few values, all of which can be tried."""

    def __init__(self, *names: str, option: str, values: tuple[object, ...]) -> None:
        super().__init__(*names)
        self.arguments = (option,)
        self._values = values

    def changes(self, config: Config, inputs: tuple[Shape, ...], wanted: Wanted = None) -> Iterator[Change]:
        del inputs, wanted  # Keras tells which of the few values fits
        (name,) = self.arguments
        for value in self._values:
            if value != config.get(name):
                yield argument(name, value, OTHER_AXIS)


class Grid(Choice):
    """Vectors, one an axis: each tensor that comes out has the lengths of all, the first two exchanged by "xy"."""

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal | None:
        if any(len(shape) != 1 for shape in inputs):
            return None
        sizes = tuple(size for (size,) in inputs)
        if config.get("indexing", "xy") == "xy":
            sizes = (*sizes[1:2], *sizes[:1], *sizes[2:])
        return (sizes,) * len(inputs)


class LastSize(OperationFamily):
    """An argument is the size of the last axis; values and their places come out."""

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal | None:
        shape = (*inputs[0][:-1], config[self.arguments[0]])
        return (shape, shape)

    def __init__(self, *names: str, size: str) -> None:
        super().__init__(*names)
        self.arguments = (size,)

    def changes(self, config: Config, inputs: tuple[Shape, ...], wanted: Wanted = None) -> Iterator[Change]:
        (name,), now = self.arguments, config[self.arguments[0]]
        want = wanted[0][-1] if wanted and len(wanted[0]) == len(inputs[0]) else None
        if want and want != now and want <= (inputs[0][-1] or want):
            solved = fits((*inputs[0][:-1], want), wanted)
            yield argument(name, want, SOLVED, solved=solved)
        for other in (now + 1, now - 1):
            if 0 < other <= (inputs[0][-1] or other):
                yield argument(name, other, GUESSED_SIZE)

    def accepted(self, config: Config, shape: Shape) -> Iterator[Shape]:
        now = config[self.arguments[0]]
        if shape:
            yield (*shape[:-1], max(now, shape[-1] or now))

    def inverse(self, config: Config, shape: Shape, wanted: Shape) -> Iterator[Shape]:
        if shape and wanted[-1:] in {(None,), (config[self.arguments[0]],)}:
            yield (*wanted[:-1], shape[-1])


class Difference(AlongAxis):
    """`n` is how often neighbours on `axis` are subtracted: the size is less by that."""

    arguments = ("axis", "n")

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal | None:
        shape, axis = inputs[0], place_of(config["axis"], len(inputs[0]))
        size = None if axis is None else shape[axis]
        return None if axis is None or size is None else (with_size(shape, axis, max(size - config["n"], 0)),)

    def changes(self, config: Config, inputs: tuple[Shape, ...], wanted: Wanted = None) -> Iterator[Change]:
        yield from super().changes(config, inputs, wanted)
        axis, shape = place_of(config["axis"], len(inputs[0])), inputs[0]
        if axis is None or not wanted or len(wanted[0]) != len(shape):
            return
        size, want = shape[axis], wanted[0][axis]
        if size and want and want < size and size - want != config["n"]:
            solved = fits(with_size(shape, axis, want), wanted)
            yield argument("n", size - want, SOLVED if solved else OTHER_AXIS, solved=solved)

    def inverse(self, config: Config, shape: Shape, wanted: Shape) -> Iterator[Shape]:
        axis = place_of(config["axis"], len(shape))
        if axis is not None and len(wanted) == len(shape):
            want = wanted[axis]
            yield with_size(wanted, axis, None if want is None else want + config["n"])


RULES = (
    NewSize("OneHot", size="num_classes"),
    Spaced("Geomspace", "Linspace", "Logspace", size="num"),
    Classes("MultiHot", size="num_classes"),
    Segments("SegmentMax", "SegmentMin", "SegmentProd", "SegmentSum"),
    LastSize("TopK", size="k"),
    Difference("Diff"),
    Choice("Correlate", option="mode", values=("valid", "same", "full")),
    Grid("Meshgrid", option="indexing", values=("xy", "ij")),
    Choice("Qr", option="mode", values=("reduced", "complete")),
    Choice("SVD", option="full_matrices", values=(True, False)),
)
