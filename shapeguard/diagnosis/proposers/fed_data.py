"""Other data for a model of the user's own, which declares none: moved, with another axis, or of another size."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from shapeguard.diagnosis.declared_inputs import CHANNELS
from shapeguard.diagnosis.proposers.data import refitted, transformed
from shapeguard.diagnosis.repairs import ConvertData
from shapeguard.diagnosis.required_outputs import required_outputs
from shapeguard.diagnosis.scoring import costs
from shapeguard.layers import Role, role_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Node
    from shapeguard.records.network import Shape


def propose_fed_data(fault: Fault) -> Iterator[ConvertData]:
    """What the model might be called with instead, if everything that is wrong depends on it."""
    for node in fault.suspects:
        if node.is_data:
            yield from _others(fault, node)


def _others(fault: Fault, node: Node) -> Iterator[ConvertData]:
    """Conversions that people forget, then what the layers behind need: by code where one makes it of the data."""
    batch, *fed = fault.graph.shapes[node.outputs[0]]
    known: set[Shape] = set()
    for code, shape in transformed(tuple(fed)):
        if shape != tuple(fed):
            known.add(shape)
            yield ConvertData(
                node.index, code, costs.UNDECLARED + _of_channels(tuple(fed), shape), shape=(batch, *shape)
            )
    for required in required_outputs(fault, node):
        shape = required[1:]
        is_stretched = any(size == 1 != other for size, other in zip(shape, fed, strict=False))  # it fits beside any
        if shape and None not in shape and shape not in known and not is_stretched:
            yield _resized(fault, node, (batch, *shape))


def _of_channels(fed: Shape, shape: Shape) -> float:
    """Whether the data has its channels first, and would have them last."""
    is_first = len(fed) > 2 and fed[0] in CHANNELS and fed[0] < min(size or 0 for size in fed[1:])
    return costs.CHANNELS_FIRST if is_first and shape == (*fed[1:], fed[0]) else 0


def _resized(fault: Fault, node: Node, shape: Shape) -> ConvertData:
    """Data of other sizes: regrouped, resized by code, or made otherwise."""
    value = node.outputs[0]
    fed, wanted = fault.graph.shapes[value][1:], shape[1:]
    if None not in fed and prod(size or 0 for size in fed) == prod(size or 0 for size in wanted):
        code = f"{{x}}.reshape(-1, {', '.join(map(str, wanted))})"
        return ConvertData(node.index, code, costs.UNDECLARED + costs.REGROUPED, regroups=True, shape=shape)
    takers = {role_of(fault.graph.nodes[index].call.layer_type) for index in fault.graph.consumers[value]}
    codes = refitted(fed, wanted, embedded=Role.EMBEDDING in takers)
    cost = costs.UNDECLARED + costs.FAR + (costs.GIVES_BACK if _gives_back(fault, fed[:-1]) else 0)
    return ConvertData(node.index, next(codes, ""), cost, shape=shape)


def _gives_back(fault: Fault, sizes: Shape) -> bool:
    """Whether whatever is wrong has the very sizes that come in, and targets ask for others, as masks do."""
    given = [fault.graph.shapes.get(value, ()) for each in fault.outputs for value in each.values]
    is_asked = any(each.target is None for each in fault.outputs)
    return is_asked and bool(sizes) and all(shape[1:-1] == sizes for shape in given)
