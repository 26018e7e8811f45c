"""What a generator or a Sequence of the program gives as a batch, where it is handed to `fit`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.source.callables import function_named, method_in, results_of
from shapeguard.source.code_places import assigned_to
from shapeguard.source.constants import own_nodes
from shapeguard.source.name_bindings import binder_in_sight, binders_in, scope_of

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
        case ast.Call(func=ast.Attribute() as method):
            function = function_named(source, method)
        case _:
            return None
    found: list[ast.expr | None] = []
    if isinstance(function, ast.FunctionDef):
        found = [node.value for node in own_nodes(function) if isinstance(node, ast.Yield)]
    elif isinstance(function, ast.ClassDef):
        found = _returns_of_item(function)
    return found[0] if len(found) == 1 else None


def lists_among(source: Source, value: ast.expr) -> list[ast.expr]:
    """The parts of a batch that are lists which the function around fills: names that were given a list."""
    parts = value.elts if isinstance(value, ast.Tuple | ast.List) else [value]
    return [each for each in parts if _is_list(source, each)]


def _is_list(source: Source, node: ast.expr) -> bool:
    scope = scope_of(source, node)
    binders = binders_in(source, scope).get(node.id, []) if isinstance(node, ast.Name) else []
    return bool(binders) and all(
        isinstance(value, ast.List | ast.ListComp)
        for each in binders
        for value in [assigned_to(each, node.id if isinstance(node, ast.Name) else "")]
    )


def _returns_of_item(made: ast.ClassDef) -> list[ast.expr | None]:
    method = method_in(made, "__getitem__")
    return [] if method is None else list(results_of(method))
