"""The part of a function on which one of its expressions depends, nearest first."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

Function = ast.FunctionDef | ast.AsyncFunctionDef


def as_definition(written: ast.Lambda) -> ast.FunctionDef:
    """A function that is written in place as the statement that defines it."""
    body: list[ast.stmt] = [ast.copy_location(ast.Return(written.body), written)]
    return ast.copy_location(ast.FunctionDef("<lambda>", written.args, body, []), written)


def expressions_before(function: Function, focus: ast.AST | None) -> Iterator[tuple[int, ast.expr]]:
    """The expressions on which `focus` depends, each with how many statements lie between: those of its own first.

    Without a focus it is whatever the function returns. What is inside functions of its own is not looked into.
    """
    statements = list(_statements(function.body))
    own = [each for each in statements if _is_own(each, focus)]
    needed: set[str] = set().union(*(_names(each, ast.Load) for each in own))
    yield from ((0, each) for statement in own for each in _expressions(statement))
    first = statements.index(own[0]) if own else 0
    distance = 0
    for statement in reversed(statements[:first]):
        if _names(statement, ast.Store) & needed or _goes_around(statement, focus):
            distance += 1
            needed |= _names(statement, ast.Load)
            yield from ((distance, each) for each in _expressions(statement))


def _is_own(statement: ast.stmt, focus: ast.AST | None) -> bool:
    """Whether a statement holds the focus itself, or returns something where there is none."""
    return isinstance(statement, ast.Return) if focus is None else focus in _own_nodes(statement)


def statement_at(function: Function, line: int) -> ast.stmt | None:
    """The innermost statement of a function that is on a line."""
    on_line = [each for each in _statements(function.body) if each.lineno <= line <= (each.end_lineno or 0)]
    return on_line[-1] if on_line else None


def _goes_around(statement: ast.stmt, focus: ast.AST | None) -> bool:
    """Whether the focus is in the body of a loop."""
    return isinstance(statement, ast.For) and focus is not None and focus in ast.walk(statement)


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
