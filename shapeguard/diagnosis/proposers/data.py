"""Other data: what an input declares, made of what is fed to it."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from shapeguard.diagnosis.data_edits import are_targets_alike
from shapeguard.diagnosis.declared_inputs import CHANNELS
from shapeguard.diagnosis.repairs import ConvertData
from shapeguard.diagnosis.scoring import costs, data_costs
from shapeguard.layers import Role, role_of
from shapeguard.records.network import Value
from shapeguard.spec import shapes_agree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Node
    from shapeguard.records.network import Shape


COLOURS = "{x}[..., :3]"
_RECHANNELLED = {
    ((), 3): "np.stack([{x}] * 3, -1)",
    ((1,), 3): "np.repeat({x}, 3, -1)",
    ((4,), 3): COLOURS,
    ((3,), 1): "np.mean({x}, axis=-1, keepdims=True)",
}
"""What makes channels of other channels, as code on `{x}`; `()` are pictures without an axis of channels."""


def propose_conversions(fault: Fault) -> Iterator[ConvertData]:
    """Ways to make the data what the inputs declare, if nothing but that is wrong."""
    for node, fed in () if fault.violated else fault.analysis.inputs.conflicts():
        yield from _conversions(fault, node, fed)


def _conversions(fault: Fault, node: Node, fed: Shape) -> Iterator[ConvertData]:
    declared = fault.graph.shapes[node.outputs[0]][1:]
    if _is_turned(fault, node, declared):
        yield ConvertData(node.index, "np.transpose({x})", data_costs.TURNED)
    for code, shape in transformed(fed):
        if shapes_agree(shape, declared):
            yield ConvertData(node.index, code, costs.TRANSFORM)
    if _product(fed) == _product(declared) is not None:
        sizes = ", ".join(str(d) for d in declared)
        code = f"{{x}}.reshape(-1, {sizes})"
        yield ConvertData(node.index, code, costs.TRANSFORM + costs.REGROUPED, regroups=True)
    if fed == () and len(declared) == 1 and declared[0] is not None and _is_of_numbers(fault, node):
        code = f"keras.utils.to_categorical({{x}}, {declared[0]})"
        yield ConvertData(node.index, code, costs.TRANSFORM + costs.REFITTED, encodes=True)
    yield from _refits(fault, node, fed, declared)


def _is_of_numbers(fault: Fault, node: Node) -> bool:
    """Whether the data of an input is whole numbers, as of states or classes."""
    feed, inputs = fault.analysis.problem.feed, fault.analysis.graph.network.inputs
    dtypes = [value.dtype for value in _values(None if feed is None else feed.signature)]
    place = inputs.index(node.outputs[0]) if node.outputs[0] in inputs else len(inputs)
    return len(dtypes) == len(inputs) and place < len(dtypes) and "int" in dtypes[place]


def _values(signature: Any) -> Iterator[Value]:
    """What stands for each input, in the order in which they are given."""
    if isinstance(signature, Value):
        yield signature
    elif isinstance(signature, list | tuple):
        for each in signature:
            yield from _values(each)


def _refits(fault: Fault, node: Node, fed: Shape, declared: Shape) -> Iterator[ConvertData]:
    """Samples of another size or other channels made as they are declared."""
    takers = {role_of(fault.graph.nodes[i].call.layer_type) for i in fault.graph.consumers[node.outputs[0]]}
    for code in refitted(fed, declared, embedded=Role.EMBEDDING in takers):
        cost = data_costs.ALPHA if code == COLOURS else costs.TRANSFORM + costs.REFITTED
        yield ConvertData(node.index, code, cost)


def _is_turned(fault: Fault, node: Node, declared: Shape) -> bool:
    """Whether rows are given as columns, without targets that are one for each of them."""
    feed, given = fault.analysis.problem.feed, fault.analysis.inputs.given.get(node.outputs[0], ())
    if feed is None or feed.source != "arrays" or not len(given) == 2 == len(declared) + 1 or given[0] != declared[0]:
        return False
    return feed.phase == "predict" or are_targets_alike(fault.analysis)


def transformed(fed: Shape) -> Iterator[tuple[str, Shape]]:
    """Usual repairs of data as code on `{x}`, with the shape that they give."""
    rank = len(fed)
    if rank > 2:
        yield "np.moveaxis({x}, 1, -1)", (*fed[1:], fed[0])
        yield "np.moveaxis({x}, -1, 1)", (fed[-1], *fed[:-1])
    if rank > 1:
        yield f"np.swapaxes({{x}}, {rank - 1}, {rank})", (*fed[:-2], fed[-1], fed[-2])
    yield "np.expand_dims({x}, -1)", (*fed, 1)
    yield "np.expand_dims({x}, 1)", (1, *fed)
    if rank and fed[0] == 1:
        yield "np.squeeze({x}, 1)", fed[1:]
    if rank and fed[-1] == 1:
        yield "np.squeeze({x}, -1)", fed[:-1]


def refitted(fed: Shape, declared: Shape, *, embedded: bool) -> Iterator[str]:
    """Pictures of another size, or of more or fewer channels, sentences of another length: as code on `{x}`."""
    if None in declared:
        return
    if len(fed) == len(declared) == 3 and fed[-1] == declared[-1] in CHANNELS:
        yield f"keras.ops.image.resize({{x}}, {declared[:-1]})"
    channels = (fed[2:], declared[-1]) if len(declared) == 3 and fed[:2] == declared[:2] else None
    if channels in _RECHANNELLED:
        yield _RECHANNELLED[channels]
    if len(fed) == len(declared) == 1 and embedded:
        yield f"keras.utils.pad_sequences({{x}}, {declared[0]})"


def _product(shape: Shape) -> int | None:
    return None if any(d is None for d in shape) else prod(d for d in shape if d is not None)
