"""What is known of a layer class beyond its shapes: its part in a network, its arguments, its other names."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

from shapeguard.layers.keras1 import NOTHING_OF_KERAS_1, Keras1

if TYPE_CHECKING:
    from collections.abc import Mapping


class Role(Enum):
    """The part that a class plays in a network; of several classes with one role the first is the usual one."""

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
    """A wrapper that calls its layer once per step."""
    BOTH_WAYS = auto()
    """A wrapper that calls its layer forwards and backwards."""
    SUM = auto()
    """An elementwise merge."""
    JOIN = auto()


POOLINGS = frozenset({Role.MAX_POOLING, Role.AVERAGE_POOLING, Role.ADAPTIVE_POOLING, Role.GLOBAL_POOLING})


@dataclass(frozen=True, slots=True)
class ArgumentTraits:
    """What is known of a constructor argument, alike in all layers that have one of this name."""

    name: str

    of_weights: bool = False
    """Whether weights depend on it."""

    counts: bool = False
    """Whether it is the number of channels that come out, as `filters` and `units`."""

    multiplies: bool = False
    """Whether it multiplies the channels that come in."""

    of_window: bool = False
    """Whether it belongs to a window, which siblings share as a whole."""

    chooses_axes: bool = False
    """Whether it says which axes are meant: a value that fits needs no number that was drawn."""

    of_network: bool = False
    """Whether all layers of a network have one value of it."""

    by_position: bool = False
    """Whether its value follows from where the layer stands, so that siblings tell nothing about it."""

    on_purpose: bool = False
    """Whether who leaves it out means the default, other than with paddings, formats and flags, which are forgotten."""

    unbounded: bool = False
    """Whether no small grid of values holds the one that is meant."""

    idle: int | None = None
    """The value with which the layer does nothing."""

    example: object = None
    """A value to make a layer with, for arguments without a default."""

    unnamed: bool = False
    """Whether it is written by position."""

    shown: bool = False
    """Whether it is written even if it has its default value."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What is known of a layer class; `ndim` counts the batch's axis."""

    role: Role | None = None

    axes: int | None = None
    """How many spatial axes its input has; `None` where that does not matter."""

    takes_ndim: int | None = None
    """The only rank that Keras takes; `None` where there are several."""

    gives_ndim: int | None = None
    """The rank of what it gives, unless a flag says otherwise; `None` where the input decides."""

    keeps_ndim: bool = False
    """Whether it gives as many axes as it takes, however many these are."""

    ends_maps: bool = False
    """Whether the maps of a classifier may end with it: a Flatten or a global pooling belongs behind it."""

    by_channels: bool = False
    """Whether weights and checks depend on the rank and the channels alone: as built, it judges other sizes too."""

    positionals: tuple[str, ...] | None = None
    """The leading positional arguments, as far as lint asks for them; `None` where lint passes over the class."""

    aliases: tuple[str, ...] = ()
    """Keras' other names of the class."""

    keras1: Keras1 = NOTHING_OF_KERAS_1

    arguments: tuple[ArgumentTraits, ...] = ()
    """Arguments of which something is known besides their shapes."""

    always_fits: tuple[str, ...] = ()
    """Arguments that have a value with which any call fits: that it fits is no evidence then."""

    nicknames: Mapping[str, int] = field(default_factory=dict)
    """Parts of the names that people give such layers. Of several parts in one name the highest number decides:
    "upconv" is a convolution, "conv_pool" a pooling.
    """

    often_missing: bool = False
    """Whether a layer of an unknown name that is missing may well be one of these."""

    missing_with: tuple[tuple[str, object], ...] = ()
    """The arguments of one that was left out between others; empty where such a layer is not looked for."""

    changes_channels: bool = False
    """Whether it is put behind another to change the channels alone."""

    confused_with: tuple[Role, ...] = ()
    """The roles of classes that people take for this one."""

    inverse: Role | None = None
    """The role of the class that undoes it."""

    shrinks: bool = False
    """Whether it makes maps smaller: before a refused window its inverse always fits, which proves nothing."""

    wraps: tuple[str, ...] = ()
    """The classes that are most often inside, where it is a wrapper."""
