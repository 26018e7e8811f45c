"""The operators of Python as operations on tensors: the class in Keras and the sign."""

from __future__ import annotations

import ast
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator: the name of its class of operation, and how it is written."""

    kind: str
    sign: str


OPERATORS: dict[type[ast.AST], Operator] = {
    ast.Add: Operator("Add", "+"),
    ast.Sub: Operator("Subtract", "-"),
    ast.Mult: Operator("Multiply", "*"),
    ast.Div: Operator("TrueDivide", "/"),
    ast.FloorDiv: Operator("FloorDivide", "//"),
    ast.Mod: Operator("Mod", "%"),
    ast.Pow: Operator("Power", "**"),
    ast.MatMult: Operator("Matmul", "@"),
    ast.USub: Operator("Negative", "-"),
    ast.UAdd: Operator("Copy", "+"),
    ast.Lt: Operator("Less", "<"),
    ast.LtE: Operator("LessEqual", "<="),
    ast.Gt: Operator("Greater", ">"),
    ast.GtE: Operator("GreaterEqual", ">="),
    ast.Eq: Operator("Equal", "=="),
    ast.NotEq: Operator("NotEqual", "!="),
}
"""By the node of the operator; the others make no tensor of a known shape."""
