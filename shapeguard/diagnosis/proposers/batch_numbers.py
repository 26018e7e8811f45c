"""The size of the batch where it is written as a number: in the shape of what is made for it, or of a reshape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.repairs import ChangeArguments
from shapeguard.layers.operations import batch_shapes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.faults import Fault


def propose_batch_numbers(fault: Fault) -> Iterator[ChangeArguments]:
    """The real number of samples wherever a shape begins with that of the other batches, in each line that does so."""
    batches = fault.graph.network.batches
    if batches is None:
        return
    lines: dict[object, list[int]] = {}
    for node in fault.graph.nodes.values():
        lines.setdefault(node.call.identity, []).append(node.index)
    for first, *_ in lines.values():
        node = fault.graph.nodes[first]
        made = node.construction
        if made is not None and made.call is not None and not made.indirect:
            for change in batch_shapes(node.config, batches):
                yield ChangeArguments((first,), change)
