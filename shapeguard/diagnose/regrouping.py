"""What a layer that refuses the rank of its input may lack: the same numbers in other axes, by a Reshape."""

from __future__ import annotations

from functools import partial
from math import isqrt, prod
from typing import TYPE_CHECKING

from shapeguard.diagnose.candidates import Candidate
from shapeguard.diagnose.rules import Refusal
from shapeguard.diagnose.structure import insertion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnose.graph import Graph, Node
    from shapeguard.records import Shape

EACH_STEP = 0.3
ROWS_AS_STEPS = 0.6
ONE_CHANNEL = 0.9
AS_MAP = 0.5
LEAST_CHANNELS = 4
Sizes = tuple[int, ...]


def regroupings(graph: Graph) -> Iterator[Candidate]:
    """Other axes for what enters the refused call, and for what a Flatten before it gives."""
    if graph.crashed is None:
        return
    node = graph.nodes[graph.crashed]
    if node.is_input or len(node.inputs) != 1:
        return
    sizes = _known(graph.inputs_of(node)[0])
    maker = graph.nodes.get(graph.producer.get(node.inputs[0], -1))
    if sizes is not None:
        is_flat = len(sizes) == 1 and maker is not None and maker.call.layer_type == "Dense"
        for text, target, cost in (*_by_rank(sizes), *(_maps(sizes[0]) if is_flat else ())):
            made = ("Reshape", {"target_shape": target})
            yield insertion(node, 0, text, partial(_regrouped, target), cost, made)
    if maker is not None and maker.call.layer_type == "Flatten":
        entering = _known(graph.inputs_of(maker)[0])
        for text, target, cost in _by_rank(entering or ()):
            yield _instead(maker, text, (graph.inputs_of(maker)[0][0], *target), target, cost)


def _known(shape: Shape) -> Sizes | None:
    sizes = tuple(size for size in shape[1:] if size is not None)
    return sizes if len(sizes) == len(shape) - 1 else None


def _by_rank(sizes: Sizes) -> Iterator[tuple[str, Sizes, float]]:
    """Steps of pictures as steps of features, rows of a picture as steps, a sequence as a picture of one channel."""
    match sizes:
        case (steps, _, _, _):
            yield "TimeDistributed(Flatten())", (steps, prod(sizes[1:])), EACH_STEP
        case (rows, columns, channels):
            yield f"Reshape(({rows}, {columns * channels}))", (rows, columns * channels), ROWS_AS_STEPS
        case (steps, features):
            yield f"Reshape(({steps}, {features}, 1))", (steps, features, 1), ONE_CHANNEL


def _maps(units: int) -> Iterator[tuple[str, Sizes, float]]:
    """The square map with the most channels that are still fewer than its pixels, of this many numbers."""
    for side in range(2, isqrt(units) + 1):
        channels, rest = divmod(units, side * side)
        if not rest and channels >= LEAST_CHANNELS:
            yield f"Reshape(({side}, {side}, {channels}))", (side, side, channels), AS_MAP + 0.01 * abs(side - 7)


def _instead(node: Node, text: str, shape: Shape, target: Sizes, cost: float) -> Candidate:
    made = ("Reshape", {"target_shape": target})
    values = {node.outputs[0]: shape}
    return Candidate("structure", "replace", text, (node.index,), values=values, cost=cost, made=made)


def _regrouped(target: Sizes, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
    """What a Reshape makes of the first input."""
    sizes = _known(inputs[0])
    if sizes is None or prod(sizes) != prod(target):
        return Refusal("another number of elements")
    return ((inputs[0][0], *target),)
