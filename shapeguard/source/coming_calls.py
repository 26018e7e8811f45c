"""What the lines behind an expression do with its value: the classes of the layers that take it next."""

from __future__ import annotations

import ast
import functools
from typing import TYPE_CHECKING, TypeGuard

from shapeguard.source.constants import own_nodes
from shapeguard.source.name_bindings import FUNCTIONS, attribute_values, binders_in, class_of, first_parameter, scope_of
from shapeguard.source.trees import last_name, parents_in, source_of

if TYPE_CHECKING:
    from shapeguard.records.source import Span
    from shapeguard.source.constants import Scope
    from shapeguard.source.trees import Source


def takers_of(span: Span) -> tuple[str, ...]:
    """The names of the classes whose layers are called with the value of an expression, or of a layer made there.

    Behind it in the same function, up to the next value of the name that it is given.
    """
    source = source_of(span.file)
    return () if source is None else _takers_in(source, span)


@functools.lru_cache(maxsize=256)
def _takers_in(source: Source, span: Span) -> tuple[str, ...]:
    node = source.expression_at(span)
    if node is None:
        return ()
    parents = parents_in(source)
    applied = parents[node]
    value = applied if isinstance(applied, ast.Call) and applied.func is node else node
    match parents[value]:
        case ast.Call(args=[first, *_]) as call if first is value:
            return _classes_of(source, call)
        case ast.Assign(targets=[ast.Name(id=name)]) as statement:
            return tuple(made for use in _uses(source, statement, name) for made in _taking(source, use))
        case _:
            return ()


def _uses(source: Source, statement: ast.Assign, name: str) -> list[ast.Name]:
    """Where the name is read behind a statement, before it is given another value."""
    scope = scope_of(source, statement)
    end = statement.end_lineno or 0
    bound = [int(getattr(node, "lineno", 0)) for node in binders_in(source, scope).get(name, [])]
    last = min((line for line in bound if line > end), default=None)
    reads = [node for node in own_nodes(scope) if _is_read(node, name) and node.lineno > end]
    return [node for node in reads if last is None or node.lineno <= last]


def _is_read(node: ast.AST, name: str) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)


def _taking(source: Source, use: ast.Name) -> tuple[str, ...]:
    parent = parents_in(source)[use]
    is_first = isinstance(parent, ast.Call) and parent.args[:1] == [use]
    return _classes_of(source, parent) if isinstance(parent, ast.Call) and is_first else ()


def _classes_of(source: Source, call: ast.Call) -> tuple[str, ...]:
    """The class whose layer a call calls: `LSTM(8)(x)`, `self.lstm(x)`, `lstm(x)`; none where that is not plain."""
    made: ast.expr | None = call.func
    scope = scope_of(source, call)
    match made:
        case ast.Name(id=layer):
            made = _value(binders_in(source, scope).get(layer, []))
        case ast.Attribute(value=ast.Name(id=instance), attr=attribute):
            made = _of_attribute(source, scope, instance, attribute)
        case _:
            pass
    name = last_name(made.func) if isinstance(made, ast.Call) else None
    return () if name is None else (name,)


def _value(binders: list[ast.AST]) -> ast.expr | None:
    match binders:
        case [ast.Assign(targets=[ast.Name()], value=value)]:
            return value
        case _:
            return None


def _of_attribute(source: Source, scope: Scope, instance: str, attribute: str) -> ast.expr | None:
    cls = class_of(source, scope) if isinstance(scope, FUNCTIONS) else None
    if cls is None or not isinstance(scope, FUNCTIONS) or first_parameter(scope) != instance:
        return None
    given = attribute_values(source, cls, attribute)
    return given[0].value if len(given) == 1 else None
