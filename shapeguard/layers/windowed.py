"""What convolutions and poolings share: a window that slides over the spatial axes."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from shapeguard.layers.base import Change, Derivation, Family, Refusal
from shapeguard.layers.numbers import fill
from shapeguard.layers.spatial import NAMES, aligned, as_tuple, channel_axis, is_last, sizes_of, spatial_index
from shapeguard.layers.versions import since
from shapeguard.layers.windows import ANY, dilations_for, kernels_for, output_size, strides_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shapeguard.layers.base import Config
    from shapeguard.layers.traits import Traits
    from shapeguard.layers.windows import Interval
    from shapeguard.records.network import Shape

LOPSIDED = 0.7
"""Added to the cost of a value that differs from axis to axis: few people write those."""


class Window(NamedTuple):
    """The sizes of a window, one entry per axis."""

    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    dilation: tuple[int, ...]
    padding: str


class Windowed(Family):
    """A layer of `rank` spatial axes with a window; subclasses say how many channels come out, and what is refused."""

    size_argument: str
    refuses_nothing_since = (3, 14)
    """The Keras version from which an output size of 0 is refused, and not only a negative one."""

    def __init__(self, name: str, rank: int, traits: Traits) -> None:
        super().__init__(name, replace(traits, axes=rank, takes_ndim=rank + 2, gives_ndim=rank + 2))
        self.rank = rank

    @property
    def least(self) -> int:
        """The smallest size of an output axis that Keras accepts."""
        return 1 if since(*self.refuses_nothing_since) else 0

    @abstractmethod
    def refused(self, config: Config, channels: int | None, window: Window) -> str | None:
        """Why the constructor or `build` raises, apart from ranks and sizes."""

    @abstractmethod
    def channels(self, config: Config, channels: int | None) -> int | None:
        """The channels of the output."""

    @abstractmethod
    def window(self, config: Config) -> Window:
        """The window that `config` describes; () for sizes that Keras would not read."""

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        shape = inputs[0]
        if len(shape) != self.rank + 2:
            return Refusal(f"it needs rank {self.rank + 2}, got rank {len(shape)} {shape}")
        last = config["data_format"] != "channels_first"
        channels = shape[-1] if last else shape[1]
        window = self.window(config)
        reason = self.refused(config, channels, window)
        if reason is not None:
            return Refusal(reason)
        kernel, strides, dilation, padding = window
        first = 1 if last else 2
        sizes: list[int | None] = []
        for index in range(self.rank):
            size = shape[first + index]
            if size is not None:
                size = output_size(size, kernel[index], strides[index], dilation[index], padding)
                if size < self.least and padding == "valid":
                    return Refusal(_too_large(self.size_argument, kernel, dilation, shape, first, index), first + index)
            sizes.append(size)
        if last:
            return ((shape[0], *sizes, self.channels(config, channels)),)
        return ((shape[0], self.channels(config, channels), *sizes),)

    def intervals(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None, solve: Callable[..., object]
    ) -> list[Interval | None]:
        """`solve(size, output, index)` for each spatial axis; any value if a size is not known."""
        last = is_last(config)
        outputs = aligned(inputs[0], wanted, last=last)
        if outputs is None:
            return []
        found: list[Interval | None] = []
        for index, (size, output) in enumerate(zip(sizes_of(inputs[0], last=last), outputs, strict=True)):
            found.append(ANY if size is None or output is None else solve(size, output, index))  # type: ignore[arg-type]
        return found

    def solved_strides(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None, padding: str | None = None
    ) -> Iterator[tuple[int, ...]]:
        """Strides that give the wanted sizes."""
        kernel, strides, dilation, written = self.window(config)

        def solve(size: int, output: int, index: int) -> Interval | None:
            return strides_for(size, output, kernel[index], dilation[index], padding or written)

        yield from fill(self.intervals(config, inputs, wanted, solve), strides)

    def solved_kernels(
        self,
        config: Config,
        inputs: tuple[Shape, ...],
        wanted: tuple[Shape, ...] | None,
        strides: tuple[int, ...] | None = None,
    ) -> Iterator[tuple[int, ...]]:
        """Window sizes that give the wanted sizes, with the strides as they are or with other ones."""
        kernel, written, dilation, padding = self.window(config)
        steps = strides or written

        def solve(size: int, output: int, index: int) -> Interval | None:
            return kernels_for(size, output, steps[index], dilation[index], padding)

        yield from fill(self.intervals(config, inputs, wanted, solve), kernel)

    def solved_dilations(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None
    ) -> Iterator[tuple[int, ...]]:
        """Dilation rates that give the wanted sizes."""
        kernel, strides, dilation, padding = self.window(config)

        def solve(size: int, output: int, index: int) -> Interval | None:
            return dilations_for(size, output, kernel[index], strides[index], padding)

        yield from fill(self.intervals(config, inputs, wanted, solve), dilation)

    def explain_axis(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:
        shape, last = inputs[0], is_last(config)
        if len(shape) != self.rank + 2:
            return None
        if axis % (self.rank + 2) == channel_axis(self.rank, last=last):
            return self.derive_channels(config, shape[-1] if last else shape[1], axis)
        index = spatial_index(axis % (self.rank + 2), self.rank, last=last)
        size = None if index is None else sizes_of(shape, last=last)[index]
        if index is None or size is None:
            return None
        return self.derive_size(config, size, index, axis)

    def derive_channels(self, config: Config, channels: int | None, axis: int) -> Derivation | None:  # noqa: ARG002
        """Why the output has so many channels; `None` if they are passed on."""
        return None

    def derive_size(self, config: Config, size: int, index: int, axis: int) -> Derivation:
        """Why a spatial axis has its size."""
        kernel, strides, dilation, padding = self.window(config)
        output = output_size(size, kernel[index], strides[index], dilation[index], padding)
        arguments: tuple[str, ...] = ("strides", "padding")
        if padding == "valid":
            extent = str(kernel[index]) if dilation[index] == 1 else f"({dilation[index]} * {kernel[index] - 1} + 1)"
            arithmetic = f"floor(({size} - {extent}) / {strides[index]}) + 1 = {output}"
            arguments = ("strides", "padding", self.size_argument)
            if dilation[index] != 1:
                arguments = (*arguments, "dilation_rate")
        else:
            arithmetic = f"ceil({size} / {strides[index]}) = {output}"
        return Derivation(axis, NAMES[self.rank][index], arithmetic, arguments)


def lopsided(value: tuple[int, ...]) -> float:
    """The extra cost of a value that differs from axis to axis."""
    return LOPSIDED * (len(set(value)) > 1)


def single(argument: str, value: object, cost: float, *, solved: bool = False) -> Change:
    """A change of one argument of the layer itself."""
    return Change(((argument, value),), cost, (), solved)


def wrong_sizes(config: Config, names: tuple[str, ...], rank: int, *, least: int = 1) -> str | None:
    """Why Keras refuses one of these arguments: not `rank` integers of at least `least`."""
    for name in names:
        value = config[name]
        if type(value) is not tuple or len(value) != rank:
            value = as_tuple(value, rank)
        if not value:
            return f"`{name}` must be {rank} integers, got {config[name]!r}"
        if min(value) < least:
            return f"`{name}` must be at least {least} everywhere, got {config[name]!r}"
    return None


def _too_large(
    argument: str, kernel: tuple[int, ...], dilation: tuple[int, ...], shape: Shape, first: int, index: int
) -> str:
    extent = dilation[index] * (kernel[index] - 1) + 1
    grown = f" with dilation {dilation[index]} covers {extent}," if dilation[index] > 1 else " is"
    return f"`{argument}` {kernel[index]}{grown} larger than the {shape[first + index]} of axis {first + index}"
