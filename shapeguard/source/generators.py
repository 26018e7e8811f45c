"""What a generator of the program yields, where it is handed to `fit`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.source.constants import own_nodes
from shapeguard.source.name_bindings import binder_in_sight

if TYPE_CHECKING:
    from shapeguard.source.trees import Source


def yielded(source: Source, call: ast.Call, given: ast.expr) -> ast.expr | None:
    """The one expression that the generator yields which `call` is given; `None` where it is not in sight."""
    made = given
    if isinstance(given, ast.Name):
        assigned = binder_in_sight(source, call, given.id)
        made = assigned.value if isinstance(assigned, ast.Assign) else given
    match made:
        case ast.Call(func=ast.Name(id=name)):
            function = binder_in_sight(source, call, name)
        case _:
            return None
    if not isinstance(function, ast.FunctionDef):
        return None
    yields = [node for node in own_nodes(function) if isinstance(node, ast.Yield)]
    return yields[0].value if len(yields) == 1 else None
