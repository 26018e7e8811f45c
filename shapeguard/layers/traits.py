"""The traits of a layer class besides its shapes: its role in a network, its arguments, its other names."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

from shapeguard.layers.keras1 import NOTHING_OF_KERAS_1, Keras1

if TYPE_CHECKING:
    from collections.abc import Mapping


class Role(Enum):
    """The role of a class in a network; the first class of the registry with a role is the usual one."""

    INPUT = auto()
    DENSE = auto()
    EMBEDDING = auto()
    CONVOLUTION = auto()
    TRANSPOSED = auto()
    MAX_POOLING = auto()
    AVERAGE_POOLING = auto()
    ADAPTIVE_POOLING = auto()
    GLOBAL_POOLING = auto()
    UPSAMPLING = auto()
    ZERO_PADDING = auto()
    CROPPING = auto()
    FLATTEN = auto()
    RESHAPE = auto()
    REPEAT = auto()
    RECURRENT = auto()
    EACH_STEP = auto()
    """A wrapper that calls its layer on each step."""
    BOTH_WAYS = auto()
    """A wrapper that calls its layer forwards and backwards."""
    SUM = auto()
    """An elementwise merge."""
    JOIN = auto()


POOLINGS = frozenset({Role.MAX_POOLING, Role.AVERAGE_POOLING, Role.ADAPTIVE_POOLING, Role.GLOBAL_POOLING})


@dataclass(frozen=True, slots=True)
class ArgumentTraits:
    """The traits of a constructor argument, the same in all layers that have an argument of this name."""

    name: str

    of_weights: bool = False
    """Whether the shapes of weights depend on it."""

    counts: bool = False
    """Whether it is the number of channels of the output, like `filters` and `units`."""

    multiplies: bool = False
    """Whether it multiplies the channels of the input."""

    of_window: bool = False
    """Whether it is part of a window: layers of one class often have the same window as a whole."""

    chooses_axes: bool = False
    """Whether it selects axes, so that a value that fits is found without guessing a size."""

    regroups: bool = False
    """Whether it arranges the same elements on other axes, so that every value with their number fits."""

    reorders: bool = False
    """Whether it puts the axes into another order."""

    of_network: bool = False
    """Whether all layers of a network usually have the same value."""

    by_position: bool = False
    """Whether its value depends on the position in the network, so that other layers of the class are no evidence."""

    on_purpose: bool = False
    """Whether the default is usually meant if it is not written; paddings, formats and flags are forgotten instead."""

    unbounded: bool = False
    """Whether the right value may be outside any small grid of values."""

    idle: int | None = None
    """The value with which the layer does nothing."""

    example: object = None
    """A value to construct a layer with, for a required argument."""

    indexed: bool = False
    """Whether the layer takes whole numbers below it."""

    unnamed: bool = False
    """Whether suggested code passes it by position."""

    shown: bool = False
    """Whether suggested code shows it even if it has its default value."""


@dataclass(frozen=True, slots=True)
class Traits:
    """The traits of a layer class; `ndim` counts the batch axis."""

    role: Role | None = None

    axes: int | None = None
    """The number of spatial axes of the input; `None` if it does not matter."""

    takes_ndim: int | None = None
    """The only rank of the input that Keras accepts; `None` if there are several."""

    gives_ndim: int | None = None
    """The rank of the output unless a flag changes it; `None` if it depends on the input."""

    keeps_ndim: bool = False
    """Whether the output has the rank of the input, whatever that is."""

    ends_maps: bool = False
    """Whether it may be the last layer of a classifier's feature maps, before a Flatten or a global pooling."""

    by_channels: bool = False
    """Whether weights and checks depend on rank and channels only: once built, the layer can check other sizes."""

    positionals: tuple[str, ...] | None = None
    """The leading positional arguments that lint needs; `None` if lint does not read calls of the class."""

    aliases: tuple[str, ...] = ()
    """Keras' other names of the class."""

    keras1: Keras1 = NOTHING_OF_KERAS_1

    arguments: tuple[ArgumentTraits, ...] = ()
    """The arguments that have traits."""

    always_fits: tuple[str, ...] = ()
    """Arguments that have a fitting value for every call: that a value fits is no evidence."""

    nicknames: Mapping[str, int] = field(default_factory=dict)
    """Words in names that people give to such layers, with their precedence.

    If a name contains several words, the one with the highest number decides: "upconv" is a convolution, "conv_pool" a
    pooling.
    """

    often_missing: bool = False
    """Whether it is tried for a missing layer whose name has no such word."""

    missing_with: tuple[tuple[str, object], ...] = ()
    """The arguments of a layer that is inserted between others; empty if none is tried."""

    changes_channels: bool = False
    """Whether it is used after another layer to change only the channels."""

    confused_with: tuple[Role, ...] = ()
    """The roles of classes that are written in place of this one by mistake."""

    inverse: Role | None = None
    """The role of the class that reverses it."""

    shrinks: bool = False
    """Whether it makes maps smaller: before a window that is refused, the inverse always fits and proves nothing."""

    wraps: tuple[str, ...] = ()
    """The classes that a wrapper most often contains."""

    tensors: tuple[str, ...] = ()
    """What the tensors of a call are to the layer, in order; empty if exchanging them makes the same result."""
