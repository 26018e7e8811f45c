"""What a generator or a Sequence of the program gives as a batch, where it is handed to `fit`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.source.constants import own_nodes
from shapeguard.source.name_bindings import binder_in_sight

if TYPE_CHECKING:
    from shapeguard.source.trees import Source


def yielded(source: Source, call: ast.Call, given: ast.expr) -> ast.expr | None:
    """The one expression for a batch of what `call` is given: what a generator yields, what `__getitem__` returns.

    `None` where it is not in sight.
    """
    made = given
    if isinstance(given, ast.Name):
        assigned = binder_in_sight(source, call, given.id)
        made = assigned.value if isinstance(assigned, ast.Assign) else given
    match made:
        case ast.Call(func=ast.Name(id=name)):
            function = binder_in_sight(source, call, name)
        case _:
            return None
    found: list[ast.expr | None] = []
    if isinstance(function, ast.FunctionDef):
        found = [node.value for node in own_nodes(function) if isinstance(node, ast.Yield)]
    elif isinstance(function, ast.ClassDef):
        found = _returns_of_item(function)
    return found[0] if len(found) == 1 else None


def _returns_of_item(made: ast.ClassDef) -> list[ast.expr | None]:
    methods = [node for node in made.body if isinstance(node, ast.FunctionDef) and node.name == "__getitem__"]
    return [node.value for method in methods for node in own_nodes(method) if isinstance(node, ast.Return)]
