"""Depthwise and separable convolutions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.layers.arguments import DILATION_RATE, FILTERS, KERNEL_SIZE, SLIDING, USE_BIAS
from shapeguard.layers.base import Derivation
from shapeguard.layers.conv import CONVOLUTION, PLACEMENT, Convolution
from shapeguard.layers.keras1 import Keras1
from shapeguard.layers.traits import ArgumentTraits
from shapeguard.layers.versions import since

if TYPE_CHECKING:
    from shapeguard.layers.base import Config


class DepthwiseConvolution(Convolution):
    """Every input channel gives `depth_multiplier` output channels."""

    arguments = ("strides", "padding", "data_format", "depth_multiplier", "dilation_rate", "kernel_size")
    channel_argument = "depth_multiplier"

    @property
    def is_exclusive(self) -> bool:
        return not since(3, 15)

    def refused_channels(self, config: Config, channels: int) -> str | None:  # noqa: ARG002
        multiplier = config["depth_multiplier"]
        if not isinstance(multiplier, int) or multiplier < 1:
            return f"`depth_multiplier` must be a positive integer, got {multiplier!r}"
        return None

    def channels(self, config: Config, channels: int | None) -> int | None:
        return None if channels is None else channels * config["depth_multiplier"]

    def solved_channels(self, channels: int | None, output: int) -> int | None:
        return output // channels if channels and output % channels == 0 else None

    def derive_channels(self, config: Config, channels: int | None, axis: int) -> Derivation | None:
        if channels is None:
            return None
        multiplier = config["depth_multiplier"]
        arithmetic = f"{channels} * {multiplier} = {channels * multiplier}"
        return Derivation(axis, "channels", arithmetic, ("depth_multiplier",))


class SeparableConvolution(Convolution):
    """Depthwise, then 1x1: `filters` alone decides the channels."""

    arguments = ("strides", "padding", "data_format", "filters", "dilation_rate", "kernel_size")

    @property
    def is_exclusive(self) -> bool:
        return not since(3, 15)

    def refused_channels(self, config: Config, channels: int) -> str | None:
        multiplier = config["depth_multiplier"]
        if not isinstance(multiplier, int) or multiplier < 1:
            return f"`depth_multiplier` must be a positive integer, got {multiplier!r}"
        return super().refused_channels(config, channels)


DEPTH_MULTIPLIER = ArgumentTraits("depth_multiplier", of_weights=True, multiplies=True)
DEPTHWISE = replace(
    CONVOLUTION,
    positionals=("kernel_size", "strides", "padding", "depth_multiplier", "data_format"),
    arguments=(*SLIDING, KERNEL_SIZE, DEPTH_MULTIPLIER, DILATION_RATE, USE_BIAS),
)
SEPARABLE = replace(
    CONVOLUTION,
    arguments=(*SLIDING, KERNEL_SIZE, FILTERS, DEPTH_MULTIPLIER, DILATION_RATE, USE_BIAS),
)

RULES = (
    *(DepthwiseConvolution(f"DepthwiseConv{rank}D", rank, DEPTHWISE) for rank in (1, 2)),
    SeparableConvolution("SeparableConv1D", 1, replace(SEPARABLE, aliases=("SeparableConvolution1D",))),
    SeparableConvolution(
        "SeparableConv2D",
        2,
        replace(SEPARABLE, aliases=("SeparableConvolution2D",), keras1=Keras1(renamed=PLACEMENT, first_size=1)),
    ),
)
