"""What a name stands for at a statement: the value that the nearest statement before it in the same block assigns."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapeguard.linting.calls import Module


def simple_statements(module: Module) -> Iterator[tuple[list[ast.stmt], int, ast.stmt]]:
    """Every statement without statements inside, with its block and its index there."""
    for block in module.statements.blocks:
        for index, statement in enumerate(block):
            if isinstance(statement, ast.Assign | ast.AnnAssign | ast.Expr | ast.Return):
                yield block, index, statement


def value_of(name: str, before: Sequence[ast.stmt]) -> ast.expr | None:
    """The value that the last of these statements assigns to the name.

    `None` if none does by `name = value`, or if one behind that may bind it in another way, such as a loop.
    """
    for statement in reversed(before):
        match statement:
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                return value
            case ast.Expr() | ast.Import() | ast.ImportFrom() | ast.Pass():
                continue
            case _ if binds(statement, name):
                return None
    return None


def binds(statement: ast.stmt, name: str) -> bool:
    """Whether anything in the statement gives the name a value, or deletes it."""
    return any(
        isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load)
        for node in ast.walk(statement)
    )


def last_tensor(module: Module, before: Sequence[ast.stmt]) -> str | None:
    """The name that the last of these statements gives to a tensor: the output of a layer's call, or an input."""
    for statement in reversed(before):
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as value) if is_tensor(module, value):
                return name
    return None


def is_tensor(module: Module, node: ast.Call) -> bool:
    """Whether the call is `Dense(3)(x)`, `Input(...)` or the like."""
    if isinstance(node.func, ast.Call):
        return module.layer_call(node.func) is not None
    made = module.layer_call(node)
    return made is not None and made.is_input
