"""Places in a program's code: in which scope, called by whom, in which layer; and what binds a name there."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.source.name_bindings import (
    FUNCTIONS,
    binders_in,
    class_of,
    family_of,
    first_parameter,
    outer_scope,
    scope_of,
    span_of_scope,
)
from shapeguard.source.trees import source_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shapeguard.records.source import Construction, Span
    from shapeguard.source.constants import Scope
    from shapeguard.source.name_bindings import Function
    from shapeguard.source.trees import Source


@dataclass(frozen=True, slots=True)
class Place:
    """Where an expression is evaluated: in which code, called by whom (innermost first), in layers made how.

    `left` are the functions whose only call was followed on the way: one that calls itself has no other. `numbers` are
    those that names stood for while the program ran there, first in this code, then in that of the callers.
    """

    source: Source
    scope: Scope
    callers: tuple[Span, ...] = ()
    owners: tuple[Construction, ...] = ()
    left: frozenset[ast.AST] = frozenset()
    numbers: tuple[Mapping[str, int], ...] = ()

    @property
    def span(self) -> Span:
        """The place of the scope."""
        return span_of_scope(self.source, self.scope)


def text_of(source: Source, node: ast.AST) -> str:
    """What is written for a node, on one line."""
    return " ".join(source.text(source.span(node)).split())


def bound_at(name: str, place: Place) -> tuple[Place, Sequence[ast.AST]] | None:
    """The place whose scope binds a name that is read at a place, and what binds it there."""
    scope: Scope | None = place.scope
    while scope is not None:
        binders = binders_in(place.source, scope).get(name)
        if binders is not None:
            return around(scope, place), binders
        scope = outer_scope(place.source, scope)
    return None


def around(scope: Scope, place: Place) -> Place:
    """The place in a scope around: its callers are known where its code is still running."""
    if scope is place.scope:
        return place
    for number, caller in enumerate(place.callers):
        source = source_of(caller.file)
        call = None if source is None else source.call_ending(caller)
        if source is place.source and call is not None and scope_of(source, call) is scope:
            numbers = place.numbers[number + 1 :]
            return Place(source, scope, place.callers[number + 1 :], place.owners, place.left, numbers)
    return Place(place.source, scope, (), place.owners, place.left)


def inside(method: ast.FunctionDef, place: Place, cls: ast.ClassDef) -> Place:
    """The place in another method of the layer whose method runs: it was called before, or is still running."""
    found = around(method, place)
    if found.callers or method is place.scope or method.name != "__init__":
        return found
    names = {each.name for each in family_of(place.source, cls)}
    for number, owner in enumerate(place.owners):
        if owner.layer_type in names and owner.call is not None:
            callers = (owner.call, *owner.callers)
            return Place(place.source, method, callers, place.owners[number + 1 :], place.left)
    return found


def class_read_at(node: ast.Attribute, place: Place) -> tuple[ast.ClassDef | None, Function | None]:
    """The class whose attribute is read at a place, and the method if it is read of the instance."""
    if not isinstance(node.value, ast.Name):
        return None, None
    scope: Scope | None = place.scope
    while scope is not None:
        cls = class_of(place.source, scope) if isinstance(scope, FUNCTIONS) else None
        if cls is not None and isinstance(scope, FUNCTIONS) and first_parameter(scope) == node.value.id:
            return cls, scope
        scope = outer_scope(place.source, scope)
    bound = binders_in(place.source, place.source.tree).get(node.value.id, [])
    return (bound[0], None) if len(bound) == 1 and isinstance(bound[0], ast.ClassDef) else (None, None)


def assigned_to(statement: ast.AST, name: str) -> ast.expr | None:
    """What an assignment gives to a name; `None` where it is not an expression of its own."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
            return value
        case ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as value) if target == name:
            return value
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)) if len(targets) == len(values):
            pairs = zip(targets, values, strict=True)
            found = [value for target, value in pairs if isinstance(target, ast.Name) and target.id == name]
            return found[0] if len(found) == 1 else None
        case _:
            return None
