"""How a program writes the sizes of the tensors of a call, by where it writes that call."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.diagnosis.written_calls import WrittenCall
from shapeguard.layers.operations import SHAPES, is_join
from shapeguard.source.slips import Joined

if TYPE_CHECKING:
    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.graph import Node
    from shapeguard.records.network import Shape
    from shapeguard.source.trees import Source

STACK = "stack"
"""The function that joins tensors on an axis which they do not have."""
RESHAPE = "reshape"
"""The function that gives a tensor another shape, as Keras and the backends call it."""


def sizes_of_reshaped(analysis: Analysis) -> dict[ast.expr, tuple[str, ...]]:
    """By the shape that a call reshapes to, the sizes of the tensor that it is given, as the program may write them."""
    found: dict[ast.expr, tuple[str, ...]] = {}
    for node in analysis.graph.nodes.values():
        written = WrittenCall.of(analysis, node) if node.call.layer_type.lower() == RESHAPE else None
        match written.expression if written is not None else None:
            case ast.Call(args=[ast.Name() | ast.Attribute() as tensor, *rest], keywords=keywords) if written:
                shapes = analysis.graph.inputs_of(node)
                given = [*rest[:1], *(keyword.value for keyword in keywords if keyword.arg in SHAPES)]
                found |= {each: _sizes(written.source, tensor, shape) for each in given for shape in shapes[:1]}
    return found


def joined_tensors(analysis: Analysis, node: Node) -> dict[ast.expr, Joined]:
    """The list of tensors that a refused call was to join, where each of them is written in it."""
    written = WrittenCall.of(analysis, node) if is_join(node.call.layer_type) else None
    match written.expression if written is not None else None:
        case ast.Call(args=[ast.Tuple(elts=elements) | ast.List(elts=elements) as given, *_]) as call:
            shapes = analysis.graph.inputs_of(node)
        case _:
            return {}
    ndim = len(shapes[0]) if shapes else 0
    if len(shapes) != len(elements) or not ndim or any(len(shape) != ndim for shape in shapes):
        return {}
    axis = node.config.get("axis", -1)
    is_new = node.call.layer_type.lower() == STACK
    return {given: Joined(call, shapes, None if is_new else axis % ndim)} if isinstance(axis, int) else {}


def _sizes(source: Source, tensor: ast.expr, shape: Shape) -> tuple[str, ...]:
    """The sizes of a tensor behind its samples, each size once, the last one first."""
    name = source.text(source.span(tensor))
    axes = {shape[axis]: axis for axis in range(1, len(shape)) if shape[axis] is not None}
    axes |= {size: -1 for size in shape[1:][-1:] if size is not None}
    return tuple(f"{name}.shape[{axis}]" for axis in sorted(axes.values()))
