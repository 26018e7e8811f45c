"""What is called, as it is written."""

from __future__ import annotations

import ast


def dotted_name(node: ast.AST) -> str | None:
    """The callee of a call as it is written, the constructor's where a fresh layer is called; `None` for others."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attribute):
            owner = dotted_name(value)
            return None if owner is None else f"{owner}.{attribute}"
        case ast.Call(func=function):
            return dotted_name(function)
        case _:
            return None
