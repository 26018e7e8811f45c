"""Weights of classes as a program writes them: in a dictionary by the number of the class, or in order."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.source.code_places import assigned_to
from shapeguard.source.name_bindings import last_binder

if TYPE_CHECKING:
    from shapeguard.source.trees import Source

_ARRAYS = frozenset({"array", "asarray"})


def weights_by_number(source: Source, given: ast.expr) -> str:
    """Weights in the order of the classes as a dictionary: `{0: 1.0, 1: 4.0}`, or `dict(enumerate(weights))`."""
    match given:
        case ast.List(elts=elements) | ast.Tuple(elts=elements) if not any(
            isinstance(each, ast.Starred) for each in elements
        ):
            texts = (source.text(source.span(each)) for each in elements)
            return f"{{{', '.join(f'{number}: {text}' for number, text in enumerate(texts))}}}"
        case ast.Call(func=ast.Attribute(attr=name), args=[ast.List() | ast.Tuple() as elements]) if name in _ARRAYS:
            return weights_by_number(source, elements)
        case _:
            return f"dict(enumerate({source.text(source.span(given))}))"


def weights_in_order(source: Source, given: ast.expr) -> list[str] | None:
    """The weights of a dictionary in the order of the classes from 0; `None` where it does not show them all."""
    if not isinstance(given, ast.Dict):
        return None
    weights = {
        key.value: source.text(source.span(value))
        for key, value in zip(given.keys, given.values, strict=True)
        if isinstance(key, ast.Constant)
    }
    return [weights[number] for number in range(len(weights))] if set(weights) == set(range(len(given.keys))) else None


def is_by_number(source: Source, given: ast.expr) -> bool:
    """Whether this is a dictionary by numbers: written there, bound to the name, or made by `dict(enumerate(...))`."""
    match given:
        case ast.Name(id=name):
            binder = last_binder(source, given, name)
            value = None if binder is None else assigned_to(binder, name)
            return value is not None and not isinstance(value, ast.Name) and is_by_number(source, value)
        case ast.Dict(keys=keys):
            return bool(keys) and all(isinstance(key, ast.Constant) and type(key.value) is int for key in keys)
        case ast.DictComp(generators=[ast.comprehension(iter=of), *_]) | ast.Call(func=ast.Name(id="dict"), args=[of]):
            return isinstance(of, ast.Call) and isinstance(of.func, ast.Name) and of.func.id in {"enumerate", "range"}
        case _:
            return False
