"""The part of a function on which one of its expressions depends, nearest first."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

Function = ast.FunctionDef | ast.AsyncFunctionDef


def expressions_before(function: Function, focus: ast.expr | None) -> Iterator[tuple[int, ast.expr]]:
    """The expressions on which `focus` depends, each with how many statements lie between: those of its own first.

    Without a focus it is whatever the function returns. What is inside functions of its own is not looked into.
    """
    statements = list(_statements(function.body))
    around = [each for each in statements if focus is not None and focus in _own_nodes(each)]
    last = statements.index(around[0]) if around else len(statements)
    needed: set[str] = set()
    distance = 0
    for place, statement in enumerate(around or [each for each in statements if isinstance(each, ast.Return)]):
        needed |= _names(statement, ast.Load)
        yield from ((distance + place, each) for each in _expressions(statement))
    for statement in reversed(statements[:last]):
        is_loop_around = focus is not None and isinstance(statement, ast.For) and focus in ast.walk(statement)
        if is_loop_around or _names(statement, ast.Store) & needed:
            distance += 1
            needed |= _names(statement, ast.Load)
            yield from ((distance, each) for each in _expressions(statement))


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a block and of the blocks in it, in order."""
    for statement in body:
        yield statement
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for name in ("body", "orelse", "finalbody"):
                yield from _statements(getattr(statement, name, []))


def _own_nodes(statement: ast.stmt) -> Iterator[ast.AST]:
    """The parts of a statement without the blocks in it."""
    rest: list[ast.AST] = [statement]
    while rest:
        node = rest.pop()
        yield node
        rest += [each for each in ast.iter_child_nodes(node) if not isinstance(each, ast.stmt | ast.Lambda)]


def _expressions(statement: ast.stmt) -> list[ast.expr]:
    """The expressions in a statement, but for names that only lead to something: of functions, and of owners."""
    inside = list(_own_nodes(statement))
    leading = {each.func for each in inside if isinstance(each, ast.Call)}
    leading |= {each.value for each in inside if isinstance(each, ast.Attribute)}
    kept = (each for each in inside if isinstance(each, ast.expr))
    return [each for each in kept if not (isinstance(each, ast.Name) and each in leading)]


def _names(statement: ast.stmt, context: type[ast.expr_context]) -> set[str]:
    """The names that a statement reads, or gives a value."""
    names = (each for each in _own_nodes(statement) if isinstance(each, ast.Name))
    stored = {each.id for each in names if isinstance(each.ctx, context)}
    if context is ast.Store and isinstance(statement, ast.Expr):  # `skips.append(x)`
        match statement.value:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name))):
                stored.add(name)
    return stored
