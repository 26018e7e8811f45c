"""The positions of the batch, spatial and channel axes, and the names of the spatial ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shapeguard.layers.base import Config
    from shapeguard.records.network import Shape

NAMES = {1: ("steps",), 2: ("height", "width"), 3: ("depth", "height", "width")}
FORMATS = ("channels_last", "channels_first")


def is_last(config: Config) -> bool:
    """Whether the channels are the last axis; layers without `data_format` keep them there."""
    return bool(config.get("data_format") != "channels_first")


def spatial_index(axis: int, rank: int, *, last: bool) -> int | None:
    """Which spatial dimension `axis` is; `None` for the batch and the channels."""
    index = axis - (1 if last else 2)
    return index if 0 <= index < rank else None


def channel_axis(rank: int, *, last: bool) -> int:
    """The axis of the channels."""
    return rank + 1 if last else 1


def other_format(config: Config) -> str:
    """The `data_format` that the layer does not have."""
    return FORMATS[1] if is_last(config) else FORMATS[0]


def sizes_of(shape: Shape, *, last: bool) -> Shape:
    """The spatial part of `shape`."""
    return shape[1:-1] if last else shape[2:]


def aligned(shape: Shape, wanted: tuple[Shape, ...] | None, *, last: bool) -> Shape | None:
    """The spatial part of the first wanted shape; `None` if there is none of the rank of `shape`."""
    if not wanted or len(wanted[0]) != len(shape):
        return None
    return sizes_of(wanted[0], last=last)


def with_known(wanted: Shape, shape: Shape) -> Shape:
    """The wanted sizes, with those of `shape` for `None`."""
    return tuple(old if new is None else new for new, old in zip(wanted, shape, strict=True))


def as_tuple(value: object, rank: int) -> tuple[int, ...]:
    """One integer per axis, from an integer or a sequence of them; `()` if Keras would not accept it as such."""
    if isinstance(value, int):
        return (value,) * rank
    found = tuple(value) if isinstance(value, (tuple, list)) else ()
    return found if len(found) == rank and all(isinstance(entry, int) for entry in found) else ()
