"""Ways into a merge that miss one another by a pixel or two: a border put on the smaller, or cut off the larger."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.diagnosis.insertion_points import insertion
from shapeguard.diagnosis.layer_specs import spec_of
from shapeguard.diagnosis.missed_sizes import WIDEST, border_of
from shapeguard.diagnosis.scoring import costs
from shapeguard.layers import Role, role_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.diagnosis.repairs import Insert


def propose_borders(fault: Fault) -> Iterator[Insert]:
    """A padding before the refused merge on the smaller way, a cropping on the larger one."""
    merge, graph = fault.graph.refused, fault.graph
    border = None if merge is None else _border(graph, merge)
    if merge is None or border is None:
        return
    smaller = 0 if max(border) > 0 else 1
    sizes = tuple((0, abs(size)) for size in border)
    value = sizes[0] if len(sizes) == 1 else sizes
    for slot, role, name in ((smaller, Role.ZERO_PADDING, "padding"), (1 - smaller, Role.CROPPING, "cropping")):
        yield insertion(
            ((merge, slot),), replace(spec_of(role, (name, value), axes=len(sizes)), is_solved=True), costs.BORDER
        )


def _border(graph: Graph, merge: Node) -> tuple[int, ...] | None:
    """How much larger the second of two maps is than the first, or smaller; `None` where no border mends that."""
    if role_of(merge.call.layer_type) not in (Role.SUM, Role.JOIN) or len(merge.inputs) != 2:
        return None
    border = border_of(*graph.inputs_of(merge)) or (0,)
    if not any(border) or min(border) < 0 < max(border):
        return None
    return border if all(_is_rounded(graph, merge, axis) for axis, size in enumerate(border, 1) if size) else None


def _is_rounded(graph: Graph, merge: Node, axis: int) -> bool:
    """Whether a layer on the way makes an axis smaller by a factor that does not divide it: only that leaves a border.

    A size that is missed for another reason is the matter of the argument that makes it.
    """
    for node in map(graph.nodes.__getitem__, merge.upstream):
        before, after = graph.inputs_of(node), graph.outputs_of(node)
        if len(before) == len(after) == 1 and len(before[0]) == len(after[0]) > axis:
            size, smaller = before[0][axis], after[0][axis]
            factor = round(size / smaller) if size and smaller else 0
            if size and smaller and factor > 1 and 0 < abs(size - factor * smaller) <= WIDEST:
                return True
    return False
