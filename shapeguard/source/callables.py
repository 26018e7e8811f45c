"""The functions and methods of a file that an expression names, and what they return."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.source.code_places import assigned_to
from shapeguard.source.constants import own_nodes
from shapeguard.source.name_bindings import FUNCTIONS, Function, binder_in_sight, class_of, first_parameter
from shapeguard.source.trees import ancestors

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapeguard.source.trees import Source


def function_named(source: Source, node: ast.expr) -> Function | None:
    """The function of the file that an expression is: named, written in place, or a method of an instance in sight."""
    match node:
        case ast.Lambda():
            return node
        case ast.Name(id=name):
            bound = binder_in_sight(source, node, name)
            made = bound if bound is None or isinstance(bound, FUNCTIONS) else assigned_to(bound, name)
            return made if isinstance(made, FUNCTIONS) else None
        case ast.Attribute(value=owner, attr=name):
            cls = _class_of_instance(source, owner)
            return None if cls is None else method_in(cls, name)
        case _:
            return None


def method_in(cls: ast.ClassDef, name: str) -> ast.FunctionDef | None:
    """The method of this name that a class defines itself."""
    return next((each for each in cls.body if isinstance(each, ast.FunctionDef) and each.name == name), None)


def results_of(function: Function) -> Sequence[ast.expr]:
    """What a function returns, an expression for each place where it does."""
    if isinstance(function, ast.Lambda):
        return [function.body]
    return [each.value for each in own_nodes(function) if isinstance(each, ast.Return) and each.value is not None]


def _class_of_instance(source: Source, node: ast.expr) -> ast.ClassDef | None:
    """The class of the file that an expression is an instance of: a call of it, a name for that, or `self`."""
    made: ast.AST | None = node
    if isinstance(node, ast.Name):
        own = next((cls for name, cls in _instances_around(source, node) if name == node.id), None)
        if own is not None:
            return own
        bound = binder_in_sight(source, node, node.id)
        made = None if bound is None else assigned_to(bound, node.id)
    match made:
        case ast.Call(func=ast.Name(id=name)):
            cls = binder_in_sight(source, node, name)
            return cls if isinstance(cls, ast.ClassDef) else None
        case _:
            return None


def _instances_around(source: Source, place: ast.AST) -> Iterator[tuple[str | None, ast.ClassDef]]:
    """The names under which the methods around a place read their instance, each with its class."""
    for around in ancestors(source, place):
        cls = class_of(source, around) if isinstance(around, FUNCTIONS) else None
        if cls is not None and isinstance(around, FUNCTIONS):
            yield first_parameter(around), cls
