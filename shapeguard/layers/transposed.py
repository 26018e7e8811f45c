"""Transposed convolutions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.layers.arguments import DILATION_RATE, FILTERS, KERNEL_SIZE, SLIDING, USE_BIAS
from shapeguard.layers.base import Change, Derivation, Refusal
from shapeguard.layers.conv import (
    DILATION_COST,
    DILATIONS,
    KERNEL_COST,
    KERNELS,
    PLACEMENT,
    STRIDE_COST,
    STRIDES,
    Convolution,
    cost_in,
)
from shapeguard.layers.costs import FORGOTTEN, SOLVED
from shapeguard.layers.keras1 import NOTHING_OF_KERAS_1, WEIGHTS, Keras1
from shapeguard.layers.numbers import fill, uniform
from shapeguard.layers.spatial import NAMES, as_tuple
from shapeguard.layers.traits import Role, Traits
from shapeguard.layers.versions import since
from shapeguard.layers.windowed import Window, lopsided, single, wrong_sizes
from shapeguard.layers.windows import transposed_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.layers.base import Config
    from shapeguard.layers.windows import Interval
    from shapeguard.records.network import Shape


GROWTH_COST = {**STRIDE_COST, 2: 0.0, 1: 0.4}
"""By stride: most transposed convolutions double the map."""
ONE_MORE = 0.3
"""An `output_padding` of 0 or 1, for maps of an odd size."""
SEVERAL_MORE = 0.8
"""A larger `output_padding`."""
DILATED = 0.5
"""Added for a dilation, which is rare in a transposed convolution."""
BOTH_PADDINGS = 0.6
"""The other padding and an `output_padding`."""
STRIDES_AND_PADDING = 0.7
"""Other strides and the other padding."""
STRIDES_AND_ONE_MORE = 1.2
"""Other strides and an `output_padding` of 1."""
WITH_KERNEL = 1.0
"""Another kernel, together with the other padding or strides of 2."""


class TransposedConvolution(Convolution):
    """The transpose of a convolution: its input size is one that the convolution would give."""

    arguments = (
        "strides",
        "padding",
        "output_padding",
        "data_format",
        "filters",
        "dilation_rate",
        "kernel_size",
    )

    def extra(self, config: Config) -> tuple[int | None, ...]:
        """`output_padding`, one entry per axis. Keras up to 3.14 leaves it out of `get_config()`."""
        value = config.get("output_padding")
        return (None,) * self.rank if value is None else as_tuple(value, self.rank)

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        shape = inputs[0]
        if len(shape) != self.rank + 2:
            return Refusal(f"it needs rank {self.rank + 2}, got rank {len(shape)} {shape}")
        last = config["data_format"] != "channels_first"
        window = self.window(config)
        reason = self.refused(config, shape[-1] if last else shape[1], window)
        if reason is not None:
            return Refusal(reason)
        kernel, strides, dilation, padding = window
        extra = self.extra(config)
        first = 1 if last else 2
        sizes = tuple(
            None
            if shape[first + i] is None
            else transposed_size(shape[first + i], kernel[i], strides[i], dilation[i], padding, extra[i])  # type: ignore[arg-type]
            for i in range(self.rank)
        )
        return ((shape[0], *sizes, config["filters"]),) if last else ((shape[0], config["filters"], *sizes),)

    def refused(self, config: Config, channels: int | None, window: Window) -> str | None:
        reason = super().refused(config, channels, window)
        if reason is None and config.get("output_padding") is not None:
            reason = wrong_sizes(config, ("output_padding",), self.rank, least=_least_padding())
            extra, strides = as_tuple(config["output_padding"], self.rank), window.strides
            if reason is None and since(3, 14) and any(p >= s for p, s in zip(extra, strides, strict=True)):
                reason = f"`output_padding` {extra} must be smaller than `strides` {strides}"
        return reason

    def spatial_changes(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None
    ) -> Iterator[Change]:
        kernel, strides, dilation, padding = self.window(config)
        extra = self.extra(config)
        for value in self._solved("strides", config, inputs, wanted):
            yield single("strides", value, cost_in(GROWTH_COST, value), solved=True)
        yield single("padding", "same" if padding == "valid" else "valid", FORGOTTEN)
        for value in self._solved("output_padding", config, inputs, wanted):
            yield single("output_padding", value, SOLVED + lopsided(value), solved=True)
        if config.get("output_padding") is not None:
            yield single("output_padding", None, SOLVED)
        for size in range(_least_padding(), max(strides)):
            value = (size,) * self.rank
            if value != extra:
                yield single("output_padding", value, ONE_MORE if size < 2 else SEVERAL_MORE)
        for value in uniform(STRIDES, strides):
            yield single("strides", value, cost_in(GROWTH_COST, value))
        if max(kernel) > 1:
            for value in uniform(DILATIONS[:4], dilation):
                yield single("dilation_rate", value, DILATED + cost_in(DILATION_COST, value))

    def kernel_changes(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None
    ) -> Iterator[Change]:
        for value in self._solved("kernel_size", config, inputs, wanted):
            yield single("kernel_size", value, cost_in(KERNEL_COST, value), solved=True)
        for value in uniform(KERNELS, self.window(config).kernel):
            yield single("kernel_size", value, cost_in(KERNEL_COST, value))

    def _solved(
        self, argument: str, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None
    ) -> Iterator[tuple[int, ...]]:
        """Values of `argument` that give the wanted sizes, by trying those that people write on each axis."""
        kernel, strides, dilation, padding = self.window(config)
        extra = self.extra(config)

        def size_with(value: int, size: int, index: int) -> int:
            changed = {
                "kernel_size": kernel[index],
                "strides": strides[index],
                "output_padding": extra[index],
                argument: value,
            }
            return transposed_size(
                size,
                changed["kernel_size"],  # type: ignore[arg-type]
                changed["strides"],  # type: ignore[arg-type]
                dilation[index],
                padding,
                changed["output_padding"],
            )

        def solve(size: int, output: int, index: int) -> Interval | None:
            least = _least_padding() if argument == "output_padding" else 1
            most = strides[index] - 1 if argument == "output_padding" else max(2 * output // size + 2, output + 1)
            found = [value for value in range(least, most + 1) if size_with(value, size, index) == output]
            return (found[0], found[-1]) if found else None

        current = {"kernel_size": kernel, "strides": strides, "output_padding": tuple(e or 0 for e in extra)}[argument]
        intervals = self.intervals(config, inputs, wanted, solve)
        if (
            argument == "output_padding"
            and extra[:1] == (None,)
            and current
            and all(i and i[0] == 0 for i in intervals)
        ):
            current = (-1,) * self.rank
        yield from fill(intervals, current)

    def pairs(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None = None
    ) -> Iterator[Change]:
        if len(inputs[0]) != self.rank + 2:
            return
        kernel, strides, _, padding = self.window(config)
        other = "same" if padding == "valid" else "valid"
        for size in range(_least_padding(), max(strides)):
            yield Change((("padding", other), ("output_padding", (size,) * self.rank)), BOTH_PADDINGS)
        for stride in (2, 1, 3, 4):
            value = (stride,) * self.rank
            if value != strides:
                yield Change((("strides", value), ("padding", other)), STRIDES_AND_PADDING)
                yield Change((("strides", value), ("output_padding", (1,) * self.rank)), STRIDES_AND_ONE_MORE)
        twos = (2,) * self.rank
        for value in ((size,) * self.rank for size in (2, 3, 4, 5)):
            if value != kernel:
                yield Change((("kernel_size", value), ("padding", other)), WITH_KERNEL)
                yield from (
                    (Change((("kernel_size", value), ("strides", twos)), WITH_KERNEL),) if strides != twos else ()
                )
        yield from self.channel_pairs(config, inputs, wanted)

    def derive_size(self, config: Config, size: int, index: int, axis: int) -> Derivation:
        kernel, strides, dilation, padding = self.window(config)
        extra = self.extra(config)[index]
        extent, stride = (kernel[index] - 1) * dilation[index] + 1, strides[index]
        output = transposed_size(size, kernel[index], stride, dilation[index], padding, extra)
        arguments: tuple[str, ...] = ("strides", "padding", "kernel_size", "output_padding")
        if padding == "valid":
            added = f"max({extent}, {stride})" if extra is None else f"{extent} + {extra}"
            arithmetic = f"({size} - 1) * {stride} + {added} = {output}"
        elif extra is None:
            arithmetic, arguments = f"{size} * {stride} = {output}", ("strides", "padding")
        else:
            arithmetic = f"({size} - 1) * {stride} + {extent} % 2 + {extra} = {output}"
        return Derivation(axis, NAMES[self.rank][index], arithmetic, arguments)


def _least_padding() -> int:
    """The least `output_padding`: before 3.11 Keras refuses 0."""
    return 0 if since(3, 11) else 1


TRANSPOSED = Traits(
    role=Role.TRANSPOSED,
    ends_maps=True,
    positionals=("filters", "kernel_size", "strides", "padding"),  # what follows changed from Keras 3.6 to 3.15
    arguments=(*SLIDING, KERNEL_SIZE, FILTERS, DILATION_RATE, USE_BIAS),
    nicknames={"transpose": 7, "deconv": 7, "up": 3},
    confused_with=(Role.CONVOLUTION,),
    inverse=Role.CONVOLUTION,
)
KERAS_1 = {2: Keras1(names=("Deconvolution2D",), renamed=WEIGHTS | PLACEMENT), 3: Keras1(names=("Deconvolution3D",))}


def traits(rank: int) -> Traits:
    """The traits of the transposed convolution over `rank` axes."""
    return replace(
        TRANSPOSED,
        aliases=(f"Convolution{rank}DTranspose",),
        keras1=KERAS_1.get(rank, NOTHING_OF_KERAS_1),
    )


RULES = tuple(TransposedConvolution(f"Conv{rank}DTranspose", rank, traits(rank)) for rank in (1, 2, 3))
