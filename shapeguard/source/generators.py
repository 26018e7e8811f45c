"""What a generator of the program yields, where it is handed to `fit`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.source.constants import Scope, own_nodes
from shapeguard.source.name_bindings import binders_in
from shapeguard.source.trees import ancestors

if TYPE_CHECKING:
    from shapeguard.source.trees import Source


def yielded(source: Source, call: ast.Call, given: ast.expr) -> ast.expr | None:
    """The one expression that the generator yields which `call` is given; `None` where it is not in sight."""
    made = given
    if isinstance(given, ast.Name):
        assigned = _bound(source, call, given.id)
        made = assigned.value if isinstance(assigned, ast.Assign) else given
    match made:
        case ast.Call(func=ast.Name(id=name)):
            function = _bound(source, call, name)
        case _:
            return None
    if not isinstance(function, ast.FunctionDef):
        return None
    yields = [node for node in own_nodes(function) if isinstance(node, ast.Yield)]
    return yields[0].value if len(yields) == 1 else None


def _bound(source: Source, place: ast.AST, name: str) -> ast.AST | None:
    """The only thing that binds a name that is in sight at a place."""
    for scope in (each for each in ancestors(source, place) if isinstance(each, Scope)):
        binders = binders_in(source, scope).get(name, [])
        if binders:
            return binders[0] if len(binders) == 1 else None
    return None
