"""One vector for each sample that is joined with steps: it lacks the layer that repeats it for each of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.diagnosis.insertion_points import insertion
from shapeguard.diagnosis.layer_specs import spec_of
from shapeguard.diagnosis.scoring import costs
from shapeguard.layers import Role
from shapeguard.layers.operations import is_join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.repairs import Insert

STEPS = 3
"""The rank of steps of features."""


def propose_repeated_vectors(fault: Fault) -> Iterator[Insert]:
    """A repetition of each vector that a refused join has beside steps, as often as there are of these."""
    graph, node = fault.graph, fault.graph.refused
    if node is None or not is_join(node.call.layer_type):
        return
    shapes = graph.inputs_of(node)
    vectors = [slot for slot, shape in enumerate(shapes) if len(shape) == STEPS - 1]
    steps = {shape[1] for shape in shapes if len(shape) == STEPS}
    is_told = len(steps) == 1 and steps.isdisjoint({None, 1})
    if is_told and len(vectors) == 1 and all(len(shape) in {STEPS - 1, STEPS} for shape in shapes):
        layer = replace(spec_of(Role.REPEAT, ("n", steps.pop())), is_solved=True)
        yield insertion(((node, vectors[0]),), layer, costs.REPEATS_BESIDE)
