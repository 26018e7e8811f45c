"""Dictionaries that a program writes out, found by their keys."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.source.code_places import assigned_to
from shapeguard.source.name_bindings import binder_in_sight

if TYPE_CHECKING:
    from collections.abc import Collection

    from shapeguard.source.trees import Source


def written_with(
    source: Source, place: ast.AST, given: ast.expr | None, keys: Collection[str], beside: ast.AST | None = None
) -> ast.Dict | None:
    """The dictionary with just these keys that is given at a place, by itself or by a name.

    Else the only one in the file that has them, as in a function that a dataset is mapped by; one in `beside` is not.
    """
    written = _bound_to(source, place, given) if isinstance(given, ast.Name) else given
    if isinstance(written, ast.Dict):
        return written if _has(written, keys) else None
    apart = set() if beside is None else set(ast.walk(beside))
    found = [node for node in ast.walk(source.tree) if isinstance(node, ast.Dict) and _has(node, keys)]
    alike = [node for node in found if node not in apart]
    return alike[0] if len(alike) == 1 else None


def _bound_to(source: Source, place: ast.AST, name: ast.Name) -> ast.expr | None:
    binder = binder_in_sight(source, place, name.id)
    return None if binder is None else assigned_to(binder, name.id)


def _has(written: ast.Dict, keys: Collection[str]) -> bool:
    return set(keys_of(written)) == set(keys) and len(written.keys) == len(keys)


def keys_of(written: ast.Dict) -> dict[str, ast.expr]:
    """The keys that are written as text, each with its place."""
    nodes = (node for node in written.keys if isinstance(node, ast.Constant))
    return {node.value: node for node in nodes if isinstance(node.value, str)}
