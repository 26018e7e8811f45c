"""How a size came about on the way from the input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.keras_fallback import OperationRule
from shapeguard.layers import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from shapeguard.diagnosis.constraints import Constraint
    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.records.network import Call, Network, Shape

    Step = tuple[str, int | None]

LONGEST = 8


def trail_of(graph: Graph, constraint: Constraint | None, axes: tuple[int, ...]) -> str:
    """The sizes along the first axis that disagrees; "" if that is not known, or the size never changes."""
    end = graph.refused if constraint is None else graph.nodes.get(constraint.call)
    axis = _axis(graph, constraint, axes)
    if end is None or axis is None:
        return ""
    steps = _changing(list(_sizes(graph, end, axis))[::-1])
    if len({size for _, size in steps}) < 2:
        return ""
    return f"size along axis {axis}:  " + " -> ".join(f"{name} {size}" for name, size in steps)


def shapes_to(network: Network, call: Call | None = None) -> str:
    """The shapes on the way from an input to a call, by default to the end; "" where nothing came before.

    Of a call with several inputs it is the longest way.
    """
    entered = {each.parent for each in network.calls}
    makers = {value: each for each in network.calls if each.index not in entered for value in each.outputs}
    ends = network.outputs if call is None else call.inputs
    ways = [_way(network, makers, end) for end in ends]
    longest = max(ways, key=len, default=[])
    if len(longest) < 2:
        return ""
    kept = longest if len(longest) <= LONGEST else [longest[0], *longest[-LONGEST + 1 :]]
    return "shapes on the way:  " + " -> ".join(f"{name} {shape}" for name, shape in kept)


def _way(network: Network, makers: Mapping[int, Call], value: int) -> list[tuple[str, Shape]]:
    """The calls that led to a value, along the first input of each, with the shapes that they gave."""
    steps: list[tuple[str, Shape]] = []
    while value in makers and len(steps) < len(network.calls):
        maker = makers[value]
        steps.insert(0, (maker.layer, network.values[value].shape))
        if not maker.inputs:
            break
        value = maker.inputs[0]
    if value in network.inputs and value not in makers:
        steps.insert(0, ("input", network.values[value].shape))
    return steps


def _sizes(graph: Graph, end: Node, axis: int) -> Iterator[Step]:
    """The sizes on an axis from a node back to the input, or to the last layer that changed the rank.

    An axis means something else before that.
    """
    node: Node | None = end
    ndim: int | None = None
    while node is not None:
        shape = next(iter(graph.outputs_of(node)), None)
        if shape is not None:
            ndim = ndim or len(shape)
            if len(shape) <= axis or len(shape) != ndim:
                return
            if not isinstance(node.rule, OperationRule):
                yield node.call.layer, shape[axis]
        node = graph.nodes.get(graph.producer.get(node.inputs[0], -1)) if node.inputs else None


def _axis(graph: Graph, constraint: Constraint | None, axes: tuple[int, ...]) -> int | None:
    """The axis that the fault is about; `None` if it is about the rank, or only Keras knows."""
    if axes:
        return axes[0]
    node = graph.refused
    if constraint is not None or node is None:
        return None
    refusal = graph.forward(node, graph.inputs_of(node), node.config)
    if not isinstance(refusal, Refusal):
        return None
    return (None if "rank" in refusal.reason else 1) if refusal.axis is None else refusal.axis


def _changing(steps: list[Step]) -> list[Step]:
    """The first and last step, and those in between that change the size."""
    kept = [step for i, step in enumerate(steps) if i in (0, len(steps) - 1) or step[1] != steps[i - 1][1]]
    return kept if len(kept) <= LONGEST else [kept[0], *kept[-LONGEST + 1 :]]
