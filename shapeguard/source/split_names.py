"""Names of the parts of data: which part a name says that it is of, and the name of another part of the same array."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.source.name_bindings import binders_in, outer_scope, scope_of
from shapeguard.source.unpacked_data import ROLE, role_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.source.constants import Scope
    from shapeguard.source.trees import Source


def name_of_part(source: Source, call: ast.Call, of: ast.expr, like: ast.expr) -> tuple[ast.Name, str] | None:
    """The name in one expression that is of another part than that in the other, and the name of the same part.

    `None` where they are of one part, or say nothing, and where the program has no such name before the call.
    """
    name, other = _name_in(of), _name_in(like)
    found, wanted = (None if each is None else ROLE.search(each.id) for each in (name, other))
    if name is None or found is None or wanted is None or found.group().lower() == wanted.group().lower():
        return None
    renamed = name.id[: found.start()] + _cased(wanted.group(), found.group()) + name.id[found.end() :]
    return (name, renamed) if _is_bound_before(source, call, renamed) else None


def _name_in(node: ast.expr) -> ast.Name | None:
    names = {each.id: each for each in ast.walk(node) if isinstance(each, ast.Name) and role_of(each.id) is not None}
    return next(iter(names.values())) if len(names) == 1 else None


def _cased(word: str, like: str) -> str:
    """The word as the other one is written: `Val` for `Train`."""
    return word.upper() if like.isupper() else word.capitalize() if like[:1].isupper() else word.lower()


def _is_bound_before(source: Source, call: ast.Call, name: str) -> bool:
    binders = (binders_in(source, scope).get(name, []) for scope in _scopes(source, call))
    nearest = next((each for each in binders if each), [])
    return any(getattr(each, "lineno", 0) <= call.lineno for each in nearest)


def _scopes(source: Source, call: ast.Call) -> Iterator[Scope]:
    scope: Scope | None = scope_of(source, call)
    while scope is not None:
        yield scope
        scope = outer_scope(source, scope)
