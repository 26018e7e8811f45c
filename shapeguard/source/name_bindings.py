"""What gives a name its value, and where it is read: scope by scope, without running anything."""

from __future__ import annotations

import ast
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.records.source import Span
from shapeguard.source.constants import Scope, own_nodes, parameters_of
from shapeguard.source.trees import ancestors, last_name, parents_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.source.trees import Source

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SCOPES = (*FUNCTIONS, ast.ClassDef, ast.Module)
Binders = dict[str, list[ast.AST]]


@functools.lru_cache(maxsize=512)
def binders_in(source: Source, scope: Scope) -> Binders:
    """What binds each name of a scope: a parameter, a statement, or a definition; comprehensions have their own."""
    found: Binders = {}
    if isinstance(scope, FUNCTIONS):
        for parameter in parameters_of(scope.args):
            found.setdefault(parameter.arg, []).append(parameter)
    nodes = [*own_nodes(scope)]
    if scope is source.tree:  # `global width` in a function binds it here
        nodes += [node for node in ast.walk(source.tree) if isinstance(node, ast.Global) and node not in nodes]
    for node in nodes:
        for name in _bound_by(node):
            found.setdefault(name, []).append(node)
    return {name: sorted(binders, key=_line) for name, binders in found.items()}


def binder_in_sight(source: Source, place: ast.AST, name: str) -> ast.AST | None:
    """The only thing that binds a name that is in sight at a place."""
    for scope in (each for each in ancestors(source, place) if isinstance(each, Scope)):
        binders = binders_in(source, scope).get(name, [])
        if binders:
            return binders[0] if len(binders) == 1 else None
    return None


def last_binder(source: Source, place: ast.AST, name: str) -> ast.AST | None:
    """What binds a name last before a place, in its own scope; `None` if it may be passed by, as in a branch."""
    line = _line(place)
    binders = [each for each in binders_in(source, scope_of(source, place)).get(name, []) if _line(each) < line]
    is_passed = binders and parents_in(source).get(binders[-1]) in {*ancestors(source, place)}
    return binders[-1] if is_passed else None


def _line(node: ast.AST) -> int:
    line: int = getattr(node, "lineno", 0)
    return line


def _bound_by(node: ast.AST) -> tuple[str, ...]:
    """The names that a node of a scope binds; none for a target, whose statement does."""
    match node:
        case ast.Assign(targets=targets) | ast.Delete(targets=targets):
            return tuple(name for target in targets for name in names_in(target))
        case ast.AnnAssign(target=target) | ast.AugAssign(target=target) | ast.NamedExpr(target=target):
            return names_in(target)
        case ast.For(target=target) | ast.AsyncFor(target=target):
            return names_in(target)
        case ast.withitem(optional_vars=ast.expr() as target):
            return names_in(target)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return (name,)
        case _:
            return _bound_otherwise(node)


def _bound_otherwise(node: ast.AST) -> tuple[str, ...]:
    match node:
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            return tuple(alias.asname or alias.name.partition(".")[0] for alias in aliases)
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            return tuple(names)
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            return (name,)
        case _:
            return ()


def names_in(target: ast.AST) -> tuple[str, ...]:
    """The names that a target stores into."""
    return tuple(
        node.id for node in ast.walk(target) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    )


def scope_of(source: Source, node: ast.AST) -> Scope:
    """The function, class or module in whose code a node is evaluated; defaults and decorators are outside."""
    inner = node
    for around in ancestors(source, node):
        if isinstance(around, _SCOPES) and _is_inside(around, inner):
            return around
        inner = around
    return source.tree


def _is_inside(scope: Scope, child: ast.AST) -> bool:
    if isinstance(scope, ast.Lambda):
        return child is scope.body
    return any(child is each for each in scope.body)


def outer_scope(source: Source, scope: Scope) -> Scope | None:
    """The next scope whose names can be read in this one: classes are passed over; `None` around a module."""
    if scope is source.tree:
        return None
    outer = scope_of(source, scope)
    return outer_scope(source, outer) if isinstance(outer, ast.ClassDef) else outer


def class_of(source: Source, function: Function) -> ast.ClassDef | None:
    """The class whose method a function is; `None` for a plain function and a static method."""
    if isinstance(function, ast.Lambda) or not isinstance(around := scope_of(source, function), ast.ClassDef):
        return None
    is_static = any(last_name(each) == "staticmethod" for each in function.decorator_list)
    return None if is_static else around


def first_parameter(function: Function) -> str | None:
    """The name under which a method reads its instance."""
    positional = [*function.args.posonlyargs, *function.args.args]
    return positional[0].arg if positional else None


@functools.lru_cache(maxsize=256)
def family_of(source: Source, cls: ast.ClassDef) -> tuple[ast.ClassDef, ...]:
    """The class, those of the file that it derives from, and those that derive from it."""
    classes = {node.name: node for node in ast.walk(source.tree) if isinstance(node, ast.ClassDef)}
    above = _bases(cls, classes)
    below = [each for each in classes.values() if each is not cls and cls in _bases(each, classes)]
    return (*above, *below)


def _bases(cls: ast.ClassDef, classes: dict[str, ast.ClassDef]) -> list[ast.ClassDef]:
    """The class and its bases in the file, nearest first."""
    found, waiting = [], [cls]
    while waiting:
        each = waiting.pop(0)
        if each not in found:
            found.append(each)
            waiting += [classes[name] for base in each.bases if (name := last_name(base)) in classes]
    return found


@dataclass(frozen=True, slots=True, eq=False)
class AttributeValue:
    """What a method assigns to an attribute of its instance; `value` is `None` where it is not one expression."""

    method: ast.FunctionDef
    value: ast.expr | None


def attribute_values(source: Source, cls: ast.ClassDef, name: str) -> list[AttributeValue]:
    """Every assignment to `self.<name>` in the class and its family."""
    found = []
    for each in family_of(source, cls):
        for method in each.body:
            if isinstance(method, ast.FunctionDef):
                found += [AttributeValue(method, value) for value in _assigned(method, name)]
    return found


def _assigned(method: ast.FunctionDef, name: str) -> Iterator[ast.expr | None]:
    own = first_parameter(method)
    for node in ast.walk(method):
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    yield from _given(target, value, own, name)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                yield from _given(target, value, own, name)
            case ast.AugAssign(target=target):
                yield from (None for _ in _given(target, target, own, name))


def _given(target: ast.expr, value: ast.expr, own: str | None, name: str) -> Iterator[ast.expr | None]:
    """What an assignment gives to the attribute of the instance, if it does."""
    match target:
        case ast.Attribute(value=ast.Name(id=instance), attr=attribute) if (instance, attribute) == (own, name):
            yield value
        case ast.Tuple(elts=targets) | ast.List(elts=targets):
            values = value.elts if isinstance(value, ast.Tuple | ast.List) else []
            fits = len(values) == len(targets)
            for place, each in enumerate(targets):
                found = [*_given(each, values[place] if fits else each, own, name)]
                yield from found if fits else (None for _ in found)


def loop_around(source: Source, node: ast.AST, name: str) -> tuple[ast.AST, ast.expr, ast.expr] | None:
    """(comprehension, target, what it goes through) where one around a node binds the name; `None` for none."""
    inner = node
    for around in ancestors(source, node):
        if isinstance(around, _SCOPES):
            return None
        if isinstance(around, COMPREHENSIONS) and inner is not around.generators[0]:
            for generator in around.generators:
                if name in names_in(generator.target):
                    return around, generator.target, generator.iter
        inner = around
    return None


def span_of_scope(source: Source, scope: Scope) -> Span:
    """Where a scope is in the file; a module's place is before the first line."""
    return Span(source.file, 0, 0, 0, 0) if isinstance(scope, ast.Module) else source.span(scope)
