"""How a program writes the sizes of the tensors of a call, by where it writes that call."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.diagnosis.written_calls import WrittenCall
from shapeguard.layers.operations import SHAPES

if TYPE_CHECKING:
    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.records.network import Shape
    from shapeguard.source.trees import Source

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


def _sizes(source: Source, tensor: ast.expr, shape: Shape) -> tuple[str, ...]:
    """The sizes of a tensor behind its samples, each size once, the last one first."""
    name = source.text(source.span(tensor))
    axes = {shape[axis]: axis for axis in range(1, len(shape)) if shape[axis] is not None}
    axes |= {size: -1 for size in shape[1:][-1:] if size is not None}
    return tuple(f"{name}.shape[{axis}]" for axis in sorted(axes.values()))
