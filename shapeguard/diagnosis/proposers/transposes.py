"""A tensor that is not transposed in a product of matrices: `ops.matmul(q, k)` where the rows of both are meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.axis_repairs import TransposeInput
from shapeguard.diagnosis.proposers.missing_axes import name_of_input
from shapeguard.diagnosis.scoring import call_costs as costs
from shapeguard.layers.operations import TRANSPOSES, multiplies_matrices
from shapeguard.source import trees
from shapeguard.source.functions_in_file import owner_of_functions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.layers import Change
    from shapeguard.records.network import Shape

_MATRIX = 2


def propose_transposes(fault: Fault) -> Iterator[TransposeInput]:
    """The second tensor of a refused product transposed, else the first, where that makes its sizes agree."""
    graph, node = fault.graph, fault.graph.refused
    if node is None or node.construction is None or not multiplies_matrices(node.call.layer_type):
        return
    if not set(TRANSPOSES).isdisjoint(getattr(node.rule, "arguments", ())):  # then its own argument does it
        return
    shapes, owner = graph.inputs_of(node), _owner(node)
    if owner is None or len(shapes) != _MATRIX or not len(shapes[0]) == len(shapes[1]) >= _MATRIX:
        return
    for slot in (1, 0):
        if _may_be_transposed(graph, node, slot):
            yield TransposeInput(
                nodes=tuple(graph.same_layer[node.call.identity]),
                slot=slot,
                axis=len(shapes[slot]) - 1,
                ndim=len(shapes[slot]),
                name=name_of_input(graph, node, slot),
                cost=costs.TRANSPOSE_MISSING,
                function=f"{owner}.swapaxes",
            )


def _may_be_transposed(graph: Graph, node: Node, slot: int) -> bool:
    """Whether sizes agree then, no weight is turned, and samples are not what is summed over."""
    shapes = graph.inputs_of(node)
    sums_samples = slot == 0 and _are_of_samples(graph, node)
    return _agree(shapes, slot) and not sums_samples and not graph.is_of_weights(node.inputs[slot])


def meets_samples(graph: Graph, node: Node, change: Change) -> bool:
    """Whether a change of what is transposed lets the features of one tensor meet the samples of the other one.

    Keras takes that as long as the size of the batch is open.
    """
    given = dict(change.arguments)
    if set(TRANSPOSES).isdisjoint(given) or not _are_of_samples(graph, node):
        return False
    config = {**graph.config_of(node), **given}
    turned = {bool(config.get(name)) for name in TRANSPOSES}
    return len(turned) == 1


def _are_of_samples(graph: Graph, node: Node) -> bool:
    """Whether a call takes matrices, each with a row for each sample."""
    ranks = {len(shape) for shape in graph.inputs_of(node)}
    return ranks == {_MATRIX} and all(graph.holds_samples(maker) for maker in node.makers)


def _agree(shapes: tuple[Shape, ...], slot: int) -> bool:
    """Whether rows of one are as long as rows of the other, or columns as columns."""
    first, second = shapes
    return first[-1] == second[-1] if slot else first[-2] == second[-2]


def _owner(node: Node) -> str | None:
    """What `swapaxes` is an attribute of in the file of the call; `None` where the file has nothing of the kind."""
    span = None if node.construction is None else node.construction.call
    source = None if span is None else trees.source_of(span.file)
    written = None if source is None or span is None else source.expression_at(span)
    return None if source is None or written is None else owner_of_functions(source, written)
