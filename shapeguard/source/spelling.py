"""How a program spells a name of Keras or NumPy at a place, and the import that brings one that it does not have."""

from __future__ import annotations

import ast
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.records.source import Span
from shapeguard.source.constants import Scope, own_nodes, parameters_of
from shapeguard.source.imports import bindings_in, canonical, stars_in
from shapeguard.source.reading import expression_of
from shapeguard.source.trees import ancestors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from shapeguard.source.trees import Source

LAYERS = "keras.layers"
_TENSORFLOW = "tensorflow"
_SHORT = {"numpy": "np", _TENSORFLOW: "tf"}


@dataclass(frozen=True, slots=True)
class Import:
    """A new line with an import: `text` at the place `replaces`, of no width, and the statement alone."""

    statement: str
    replaces: Span
    text: str


@dataclass(frozen=True, slots=True)
class Spelled:
    """A name as the program may write it, and the import that it needs first, `None` for none."""

    text: str
    needs: Import | None = None


def spelled(source: Source, place: ast.AST, path: str, *, beside: str = "") -> Spelled | None:
    """How `path`, such as "keras.layers.Flatten", is written at `place`; `None` where its name means something else.

    `beside` is how the program writes a neighbour in the same module: `layers.Dense`.
    """
    module, _, name = path.rpartition(".")
    bound = _bound_at(source, place)
    own = next((each for each, meant in bound.items() if meant == path), None)
    if own is not None:
        return Spelled(own)
    prefix = _prefix(beside, module, bound)
    if prefix is not None:
        return Spelled(f"{prefix}.{name}")
    way = _way_to(module, bound)
    if way is not None:
        return Spelled(f"{way}.{name}")
    if module == LAYERS and module in stars_of(source) and name not in bound:
        return Spelled(name)
    return _imported(source, place, module, name, bound)


def is_in_sight(source: Source, place: ast.AST, name: str) -> bool:
    """Whether the program has a name at a place."""
    return name in _bound_at(source, place)


def path_of(source: Source, place: ast.AST, node: ast.expr) -> str | None:
    """The dotted path in Keras 3's words that an expression means at a place; `None` for what is no module's."""
    return _path(node, _bound_at(source, place))


def rewritten(
    source: Source, place: ast.AST, code: str, paths: Mapping[str, str], *, beside: str = ""
) -> tuple[str, tuple[Import, ...]] | None:
    """Code in the names that the program has at a place, and the imports that it needs.

    `paths` are what the names in the code stand for, by their first part: {"np": "numpy"}. `None` as in `spelled`.
    """
    tree = expression_of(code)
    names = [] if tree is None else list(_dotted(tree, paths))
    needs: dict[str, Import] = {}
    for node, path in sorted(names, key=lambda name: name[0].col_offset, reverse=True):
        own = spelled(source, place, path, beside=beside)
        if own is None:
            return None
        code = code[: node.col_offset] + own.text + code[node.end_col_offset :]
        needs |= {} if own.needs is None else {own.needs.statement: own.needs}
    return code, tuple(needs.values())


def _dotted(node: ast.AST, paths: Mapping[str, str]) -> Iterator[tuple[ast.expr, str]]:
    """The longest dotted names in an expression that begin with one of `paths`, with what they stand for."""
    root, dot, rest = ast.unparse(node).partition(".") if isinstance(node, ast.Name | ast.Attribute) else ("", "", "")
    if root in paths and isinstance(node, ast.expr):
        yield node, f"{paths[root]}{dot}{rest}"
        return
    for child in ast.iter_child_nodes(node):
        yield from _dotted(child, paths)


def _prefix(beside: str, module: str, bound: Mapping[str, str | None]) -> str | None:
    """How the program reaches the module of a neighbour; in a cell of a notebook another one may bind its name."""
    prefix = beside.rpartition(".")[0]
    node = expression_of(prefix) if prefix else None
    if node is None or not prefix.replace(".", "").isidentifier():
        return None
    is_of_module = prefix.partition(".")[0] not in bound or _path(node, bound) == module
    return prefix if is_of_module else None


def _way_to(module: str, bound: Mapping[str, str | None]) -> str | None:
    """The shortest way in which a module can be reached by the names that are bound."""
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        head = ".".join(parts[:length])
        name = next((each for each, meant in bound.items() if meant == head), None)
        if name is not None:
            return ".".join([name, *parts[length:]])
    name = next((each for each, meant in bound.items() if meant == _TENSORFLOW), None)
    return f"{name}.{module}" if name is not None and parts[0] == "keras" else None


def _imported(
    source: Source, place: ast.AST, module: str, name: str, bound: Mapping[str, str | None]
) -> Spelled | None:
    """The name after an import of it; of a module that goes by a short name, after an import of that."""
    if module == LAYERS:
        text, statement, binds = name, f"from {_layers_module(source)} import {name}", name
    else:
        root, *rest = module.split(".")
        binds = _SHORT.get(root, root)
        text = ".".join([binds, *rest, name])
        statement = f"import {root}" if binds == root else f"import {root} as {binds}"
    return None if binds in bound else Spelled(text, _import_before(source, place, statement))


def _layers_module(source: Source) -> str:
    """The module of Keras' layers as this file calls it."""
    modules = [node.module for node in ast.walk(source.tree) if isinstance(node, ast.ImportFrom) and node.module]
    return next((module for module in modules if canonical(module) == LAYERS), LAYERS)


def _import_before(source: Source, place: ast.AST, statement: str) -> Import:
    """The import on a line of its own, behind the last one at the top of the file that is above `place`."""
    line = getattr(place, "lineno", 1)
    above = [node for node in source.tree.body if (node.end_lineno or node.lineno) < line]
    imports = [node for node in above if isinstance(node, ast.Import | ast.ImportFrom)]
    first = source.tree.body[0]
    docstring = above[:1] if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) else []
    last = (imports or docstring)[-1:]
    after = last[0].end_lineno or last[0].lineno if last else min(_first_line(first) - 1, line - 1)
    return Import(statement, Span(source.file, after + 1, 0, after + 1, 0), f"{statement}\n")


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


@functools.lru_cache(maxsize=16)
def stars_of(source: Source) -> frozenset[str]:
    """The modules of Keras' from which the file imports everything."""
    return frozenset(star for node in ast.walk(source.tree) for star in stars_in(node))


def _bound_at(source: Source, place: ast.AST) -> Mapping[str, str | None]:
    """The names in sight at a place, with the dotted path in Keras 3's words; `None` for what is no module's."""
    scopes = [each for each in ancestors(source, place) if isinstance(each, Scope)]
    return _bound_in_sight(
        tuple(each for index, each in enumerate(scopes) if index == 0 or not isinstance(each, ast.ClassDef))
    )


@functools.lru_cache(maxsize=64)
def _bound_in_sight(scopes: tuple[Scope, ...]) -> Mapping[str, str | None]:
    """The same for the scopes in sight, the innermost first."""
    bound: dict[str, str | None] = {}
    for scope in reversed(scopes):
        bound |= _bound_in(scope, bound)
    return bound


def _bound_in(scope: Scope, outer: Mapping[str, str | None]) -> dict[str, str | None]:
    """What a scope binds itself: imports, plain aliases of what is in sight, and names that are no module's."""
    nodes = sorted(own_nodes(scope), key=lambda node: getattr(node, "lineno", 0))
    parameters = () if isinstance(scope, ast.ClassDef | ast.Module) else parameters_of(scope.args)
    bound: dict[str, str | None] = dict.fromkeys(parameter.arg for parameter in parameters)
    bound |= {name: None for node in nodes for name in _defined(node)}
    for node in nodes:
        bound |= {name: canonical(path) or path for name, path in bindings_in(node)}
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Attribute() as value):
                bound[name] = _path(value, {**outer, **bound})
    return bound


def _path(node: ast.expr, bound: Mapping[str, str | None]) -> str | None:
    match node:
        case ast.Name(id=name):
            return bound.get(name)
        case ast.Attribute(value=value, attr=attribute):
            parent = _path(value, bound)
            return None if parent is None else canonical(f"{parent}.{attribute}") or f"{parent}.{attribute}"
        case _:
            return None


def _defined(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store()) | ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.ImportFrom(level=level, names=aliases) if level:
            yield from (alias.asname or alias.name for alias in aliases)
