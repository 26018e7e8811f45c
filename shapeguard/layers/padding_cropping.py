"""Layers that change the size of each spatial axis: zero padding, cropping, upsampling."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shapeguard.layers.arguments import DATA_FORMAT, PADDING
from shapeguard.layers.base import Derivation, Family, Refusal
from shapeguard.layers.conv import HABITS
from shapeguard.layers.costs import OTHER_FORMAT, SOLVED
from shapeguard.layers.keras1 import NOTHING_OF_KERAS_1, ORDERING, Keras1
from shapeguard.layers.numbers import fill, splits, uniform
from shapeguard.layers.spatial import NAMES, aligned, as_tuple, is_last, other_format, sizes_of, spatial_index
from shapeguard.layers.traits import ArgumentTraits, Role, Traits
from shapeguard.layers.windowed import lopsided, single
from shapeguard.layers.windows import ANY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.layers.base import Change, Config
    from shapeguard.layers.windows import Interval
    from shapeguard.records.network import Shape
    from shapeguard.records.source import Construction

ONE_SIDED = 0.5
"""More on one side of an axis than on the other."""
POWER_OF_TWO = 0.6
"""An upsampling by 2 or 4, which reverses one or two poolings."""
DRAWN = 1.0
"""Another small size, without evidence."""


class Spatial(Family):
    """Cropping, padding and upsampling: subclasses define the new size of a spatial axis."""

    formatted = True  # whether the constructor takes `data_format`

    def __init__(self, name: str, rank: int, traits: Traits) -> None:
        super().__init__(name, replace(traits, axes=rank, takes_ndim=rank + 2, gives_ndim=rank + 2))
        self.rank = rank

    def entries(self, config: Config) -> tuple[Any, ...]:
        """The value of the argument for each axis; `()` if Keras would refuse it."""
        value = config[self.arguments[0]]
        if self.rank == 1:
            value = (value,)
        pairs = tuple(
            as_tuple(entry, 2) for entry in (value if isinstance(value, (tuple, list)) else (value,) * self.rank)
        )
        return pairs if len(pairs) == self.rank and all(pair and min(pair) >= 0 for pair in pairs) else ()

    def size(self, size: int, entry: Any) -> int:
        """The new size of an axis of `size`."""
        return size + entry[0] + entry[1]  # type: ignore[no-any-return]

    def arithmetic(self, size: int, entry: Any) -> str:
        """The computation of the new size as text."""
        return f"{size} + {entry[0]} + {entry[1]} = {self.size(size, entry)}"

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        shape, entries = inputs[0], self.entries(config)
        if not entries:
            return Refusal(
                f"`{self.arguments[0]}` does not fit {self.rank} spatial axes: {config[self.arguments[0]]!r}"
            )
        if len(shape) != self.rank + 2:
            return Refusal(f"it needs rank {self.rank + 2}, got rank {len(shape)} {shape}")
        first = 1 if is_last(config) else 2
        sizes = list(shape)
        for index, entry in enumerate(entries, first):
            size = shape[index]
            if size is not None:
                sizes[index] = new = self.size(size, entry)
                if new < 1 and size > 0:
                    return Refusal(f"{self.arithmetic(size, entry)}: nothing is left of axis {index}", index)
        return (tuple(sizes),)

    def explain_axis(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:
        last, entries = is_last(config), self.entries(config)
        index = spatial_index(axis % (self.rank + 2), self.rank, last=last)
        if index is None or not entries or len(inputs[0]) != self.rank + 2:
            return None
        size = sizes_of(inputs[0], last=last)[index]
        if size is None:
            return None
        return Derivation(axis, NAMES[self.rank][index], self.arithmetic(size, entries[index]), self.arguments[:1])

    def changes(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None = None
    ) -> Iterator[Change]:
        if len(inputs[0]) != self.rank + 2 or not self.entries(config):
            return
        yield from self.solved(config, inputs, wanted)
        yield from self.grid(config)
        if self.formatted:
            yield single("data_format", other_format(config), OTHER_FORMAT)

    def solved(self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None) -> Iterator[Change]:
        """Values that give the wanted sizes: symmetric first, then one side kept, then lopsided."""
        last, entries = is_last(config), self.entries(config)
        outputs = aligned(inputs[0], wanted, last=last)
        if outputs is None:
            return
        sizes = sizes_of(inputs[0], last=last)
        options = [self._options(*axis) for axis in zip(sizes, outputs, entries, strict=True)]
        if all(options) and [choices[0] for choices in options] != list(entries):
            for rank in range(max(map(len, options))):
                value = tuple(choices[min(rank, len(choices) - 1)] for choices in options)
                symmetric = all(low == high for low, high in value)
                yield single(self.arguments[0], self.written(value), SOLVED if symmetric else ONE_SIDED, solved=True)

    def _options(self, size: int | None, output: int | None, entry: tuple[int, int]) -> list[tuple[int, int]]:
        """The pairs that turn `size` into `output`; the current one if it does or if a size is not known."""
        if size is None or output is None or self.size(size, entry) == output:
            return [entry]
        if output != size and self._grows() != (output > size):
            return []
        return list(splits(abs(output - size), entry))

    def _grows(self) -> bool:
        return self.size(1, (1, 1)) > 1

    def grid(self, config: Config) -> Iterator[Change]:
        """Small symmetric values, and the current one with sides or axes exchanged."""
        current, rank = self.entries(config), self.rank
        values = [tuple((high, low) for low, high in current), tuple(reversed(current))]
        values += [((size, size),) * rank for size in (0, 1, 2, 3, 4)] + [((0, 1),) * rank, ((1, 0),) * rank]
        for value in dict.fromkeys(values):
            if value != current:
                yield single(self.arguments[0], self.written(value), DRAWN)

    def written(self, value: tuple[Any, ...]) -> Any:
        """The value in the form of the config: that of a 1D layer is the pair itself."""
        return value[0] if self.rank == 1 else value

    def hint(self, construction: Construction | None, config: Config, change: Change) -> str:  # noqa: ARG002
        name = change.arguments[0][0]
        if name in {"padding", "cropping"} and self.rank > 1:
            axes = ", ".join(f"({axis} before, after)" for axis in NAMES[self.rank])
            return f"The pairs of `{name}` follow the axes: ({axes})."
        return HABITS.get(name, "") if name == "data_format" else ""


class ZeroPadding(Spatial):
    """Each axis grows by the padding before and after it."""

    arguments: tuple[str, ...] = ("padding", "data_format")


class Cropping(Spatial):
    """Each axis shrinks by the cropping before and after it; at least 1 must remain."""

    arguments: tuple[str, ...] = ("cropping", "data_format")

    def size(self, size: int, entry: Any) -> int:
        return size - entry[0] - entry[1]  # type: ignore[no-any-return]

    def arithmetic(self, size: int, entry: Any) -> str:
        return f"{size} - {entry[0]} - {entry[1]} = {self.size(size, entry)}"


class UpSampling(Spatial):
    """Each axis is repeated `size` times; UpSampling1D takes a plain integer."""

    arguments: tuple[str, ...] = ("size", "data_format")

    def entries(self, config: Config) -> tuple[Any, ...]:
        value = config["size"]
        sizes = as_tuple(value, self.rank) if self.rank > 1 or isinstance(value, int) else ()
        return sizes if sizes and min(sizes) > 0 else ()

    def size(self, size: int, entry: Any) -> int:
        return size * entry  # type: ignore[no-any-return]

    def arithmetic(self, size: int, entry: Any) -> str:
        return f"{size} * {entry} = {size * entry}"

    def solved(self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None) -> Iterator[Change]:
        last = is_last(config)
        outputs = aligned(inputs[0], wanted, last=last)
        if outputs is None:
            return
        intervals: list[Interval | None] = []
        for size, output in zip(sizes_of(inputs[0], last=last), outputs, strict=True):
            exact = bool(size) and output is not None and output % size == 0 and output > 0  # type: ignore[operator]
            if size is None or output is None:
                intervals.append(ANY)
            else:
                intervals.append((output // size, output // size) if exact else None)
        for value in fill(intervals, self.entries(config)):
            yield single("size", self.written(value), SOLVED + lopsided(value), solved=True)

    def grid(self, config: Config) -> Iterator[Change]:
        for value in uniform((1, 2, 3, 4, 5, 8), self.entries(config)):
            yield single("size", self.written(value), POWER_OF_TWO if value[0] in {2, 4} else DRAWN)


class UpSampling1D(UpSampling):
    """UpSampling1D has no `data_format`."""

    arguments = ("size",)
    formatted = False


class Cropping1D(Cropping):
    """Cropping1D has no `data_format`."""

    arguments = ("cropping",)
    formatted = False


PADDED = Traits(
    role=Role.ZERO_PADDING,
    ends_maps=True,
    by_channels=True,
    positionals=("padding", "data_format"),
    keras1=Keras1(first_size=0, renamed=ORDERING),
    arguments=(PADDING, DATA_FORMAT),
    nicknames={"pad": 2},
)
CROPPED = Traits(
    role=Role.CROPPING,
    positionals=("cropping", "data_format"),
    keras1=Keras1(first_size=0, renamed=ORDERING),
    arguments=(ArgumentTraits("cropping", unbounded=True, shown=True), DATA_FORMAT),
    nicknames={"crop": 1},
)
ENLARGED = Traits(
    role=Role.UPSAMPLING,
    positionals=("size", "data_format"),
    keras1=Keras1(first_size=0, renamed=ORDERING),
    arguments=(ArgumentTraits("size", on_purpose=True, idle=1, shown=True), DATA_FORMAT),
    nicknames={"up": 3},
    often_missing=True,
    missing_with=(("size", 2),),
    confused_with=(Role.MAX_POOLING, Role.TRANSPOSED),
    inverse=Role.MAX_POOLING,
)

RULES = (
    ZeroPadding("ZeroPadding1D", 1, replace(PADDED, keras1=NOTHING_OF_KERAS_1)),
    *(ZeroPadding(f"ZeroPadding{rank}D", rank, PADDED) for rank in (2, 3)),
    Cropping1D("Cropping1D", 1, replace(CROPPED, keras1=NOTHING_OF_KERAS_1, positionals=("cropping",))),
    *(Cropping(f"Cropping{rank}D", rank, CROPPED) for rank in (2, 3)),
    UpSampling1D(
        "UpSampling1D",
        1,
        replace(ENLARGED, positionals=("size",), keras1=Keras1(renamed={"length": "size"})),
    ),
    UpSampling("UpSampling2D", 2, replace(ENLARGED, positionals=("size", "data_format", "interpolation"))),
    UpSampling("UpSampling3D", 3, ENLARGED),
)
