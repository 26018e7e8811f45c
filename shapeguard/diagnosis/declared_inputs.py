"""Other shapes that an input is likely to be meant to have, and how far they are from the declared one."""

from __future__ import annotations

from collections import Counter
from itertools import permutations
from typing import TYPE_CHECKING

from shapeguard.diagnosis.scoring import costs, data_costs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from shapeguard.records.network import Shape

CHANNELS = (1, 3, 4)
"""How many channels signals and pictures have: grey, in colours, and these with transparency."""


CHANNELS = (1, 3, 4)


def input_cost(fed: Shape | None, shape: Shape, declared: Shape) -> float:
    """What another shape costs beside the declared one, and that of the data if it is known; no batch in them."""
    if fed is not None:
        return 0 if not _has_channels_last(declared) or _has_channels_last(fed) else costs.UNUSUAL
    return costs.UNKNOWN_DATA + _farness(shape, declared)


def slips(declared: Shape, leading: Iterable[int]) -> Iterator[Shape]:
    """Channels first for last and back, a sample count in front, an axis of 1 missing or too many."""
    batch, rest = declared[0], declared[1:]
    if 2 <= len(rest) <= 4:
        for order in permutations(rest):
            yield (batch, *order)
    if len(rest) > 1:
        yield (batch, *rest[1:])
        yield (batch, *rest[:-1])
    yield (batch, *rest, 1)
    yield (batch, 1, *rest)
    for size in leading:
        yield (batch, size, *rest)


def _farness(shape: Shape, declared: Shape) -> float:
    """Exchanged axes are near; so is one axis too many or an axis of 1 that is missing; other sizes are far.

    Of axes too many a sample count in front is the usual one.
    """
    new, old = Counter(shape), Counter(declared)
    if new == old:
        return 0
    if shape == declared[1:] and len(shape) > 2 and _has_channels_last(shape) and 1 not in shape[:-1]:
        return data_costs.NEAREST
    if shape == declared[:-1] and declared[-1] != 1:
        return costs.NEAR + costs.IN_FRONT
    if old - new == Counter([1]):
        return costs.NEARER
    return costs.NEAR if new <= old or new - old == Counter([1]) else costs.FAR


def _has_channels_last(shape: Shape) -> bool:
    """Whether a shape reads as a signal, a picture or a volume with its channels last, Keras' default."""
    return 2 <= len(shape) <= 4 and shape[-1] in CHANNELS and shape[0] not in CHANNELS
