"""Where a name is read besides the places that are known: what depends on it there, nobody followed."""

from __future__ import annotations

import ast
from pathlib import PurePath
from typing import TYPE_CHECKING

from shapeguard.source.name_bindings import binders_in, outer_scope, scope_of, span_of_scope
from shapeguard.source.trees import ancestors, last_name, parents_in, source_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shapeguard.records.source import Span
    from shapeguard.source.constants import Scope
    from shapeguard.source.expressions import Binding
    from shapeguard.source.trees import Source

_NO_SHAPES = frozenset({"get_config", "__repr__", "__str__"})
"""Methods that read a number to tell it, not to compute with it."""


def other_reads(binding: Binding, known: frozenset[Span]) -> list[Span]:
    """Where a name is read in its file, or an attribute of its name of whatever object, but for the known places."""
    source = source_of(binding.scope.file)
    if source is None:
        return [binding.scope]
    nodes = _attributes_read(source, binding.name) if binding.is_attribute else _names_read(source, binding)
    nodes = [node for node in nodes if not _reads_other_key(source, node, binding.key)]
    places = [source.span(node) for node in nodes if not _only_tells(source, node)]
    return [place for place in places if place not in known]


def _attributes_read(source: Source, name: str) -> list[ast.AST]:
    nodes = (node for node in ast.walk(source.tree) if isinstance(node, ast.Attribute))
    return [node for node in nodes if node.attr == name and isinstance(node.ctx, ast.Load)]


def _names_read(source: Source, binding: Binding) -> list[ast.AST]:
    nodes = (node for node in ast.walk(source.tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))
    own = [node for node in nodes if node.id == binding.name]
    scopes = ((node, _binding_scope(source, node, binding.name)) for node in own)
    return [node for node, scope in scopes if scope is not None and span_of_scope(source, scope) == binding.scope]


def _binding_scope(source: Source, node: ast.AST, name: str) -> Scope | None:
    scope: Scope | None = scope_of(source, node)
    while scope is not None and name not in binders_in(source, scope):
        scope = outer_scope(source, scope)
    return scope


def _reads_other_key(source: Source, node: ast.AST, key: str | None) -> bool:
    """Whether a dictionary of which one key matters is read under another one."""
    match parents_in(source).get(node):
        case ast.Subscript(value=value, slice=ast.Constant(value=str(other))):
            return key is not None and value is node and other != key
        case _:
            return False


def _only_tells(source: Source, node: ast.AST) -> bool:
    """Whether what is read there is only shown: by `print`, in an exception, or by a method that tells of the layer."""
    return any(
        isinstance(each, ast.Raise | ast.Assert)
        or getattr(each, "name", None) in _NO_SHAPES
        or (isinstance(each, ast.Call) and last_name(each.func) == "print")
        for each in ancestors(source, node)
    )


def importers_of(binding: Binding, files: Iterable[str]) -> list[Span]:
    """Where other files bring in a name of a module: what they do with it is not followed."""
    if binding.is_attribute or binding.scope.line > 0:
        return []
    module = PurePath(binding.scope.file).stem
    others = [source for file in files if file != binding.scope.file and (source := source_of(file)) is not None]
    return [
        source.span(node) for source in others for node in ast.walk(source.tree) if _brings(node, module, binding.name)
    ]


def _brings(node: ast.AST, module: str, name: str) -> bool:
    """Whether an import brings a module, or the name out of it."""
    match node:
        case ast.ImportFrom(module=str(path), names=aliases):
            names = {alias.name for alias in aliases}
            return module in names or (path.rpartition(".")[2] == module and bool(names & {name, "*"}))
        case ast.ImportFrom(names=aliases):
            return module in {alias.name for alias in aliases}
        case ast.Import(names=aliases):
            return module in {alias.name.rpartition(".")[2] for alias in aliases}
        case _:
            return False
