"""Whether a function computes with its first two arguments as they come: `y_true - y_pred`."""

from __future__ import annotations

import ast
import functools
from typing import TYPE_CHECKING

from shapeguard.source import trees
from shapeguard.source.name_bindings import names_in

if TYPE_CHECKING:
    from types import CodeType

_METHOD = 3
"""How many parameters a method of two arguments has."""


@functools.lru_cache(maxsize=64)
def compares_directly(code: CodeType) -> bool:
    """Whether a method puts an operator between its two arguments, to neither of which it gives another value.

    Then arrays of two ranks are broadcast against each other there, whatever else it does.
    """
    own = _definition_of(code) if code.co_argcount >= _METHOD else None
    if own is None:
        return False
    names = set(code.co_varnames[1:_METHOD])
    stores = {name for node in ast.walk(own) if isinstance(node, ast.expr) for name in names_in(node)}
    return not names & stores and any(_is_between(node, names) for node in ast.walk(own))


def _definition_of(code: CodeType) -> ast.FunctionDef | None:
    """The first definition of that name from the line on where the code begins, which is that of its decorators."""
    source = trees.source_for(code)
    functions = () if source is None else (node for node in ast.walk(source.tree) if isinstance(node, ast.FunctionDef))
    return next((node for node in functions if node.name == code.co_name and node.lineno >= code.co_firstlineno), None)


def _is_between(node: ast.AST, names: set[str]) -> bool:
    match node:
        case ast.BinOp(left=ast.Name(id=left), right=ast.Name(id=right)):
            return {left, right} == names
        case _:
            return False
