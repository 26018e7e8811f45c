"""What a change of arguments asks of layers: a value of each argument, and how far-fetched that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.repairs import ChangeArguments, ChangeInput
from shapeguard.layers import Change

if TYPE_CHECKING:
    from collections.abc import Iterator


def like_of(repair: ChangeArguments | ChangeInput) -> Change:
    """A change as far-fetched as the repair."""
    return repair.change if isinstance(repair, ChangeArguments) else Change((), 0)


def wanted_of(repair: ChangeArguments | ChangeInput) -> Iterator[tuple[int, str, object]]:
    """(call, argument, value) of what a repair asks of its first and of its last layer, by the names it may have."""
    if isinstance(repair, ChangeInput):
        yield repair.node, "shape", repair.suggestion
        yield repair.node, "batch_shape", repair.shape
    elif len(repair.change.arguments) == 1:
        for index in dict.fromkeys((repair.nodes[0], repair.nodes[-1])):
            yield index, *repair.change.arguments[0]
