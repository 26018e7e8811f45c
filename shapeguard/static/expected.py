"""The expectations that were found in a program so far, and the comments and annotations beside its expressions."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shapeguard.source.comments import read
from shapeguard.source.statements import declared_in, place_of
from shapeguard.source.trees import indexed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from shapeguard.records.expectations import Expectation
    from shapeguard.source.statements import Declaration, Place
    from shapeguard.static.modules import Module
    from shapeguard.static.state import Scope

COMMENT = re.compile(r"#.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Attached:
    """What is expected of a call; `owner` is the name and the class of the layer around, if that is what it is of."""

    expectation: Expectation
    call: int
    owner: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Keyed:
    """Expectations that name their layers, and the calls of the model among which these are."""

    expectations: tuple[Expectation, ...]
    calls: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Declared:
    """What was declared so far; `by_file` are the declarations beside expressions, by their places."""

    attached: list[Attached] = field(default_factory=list)
    keyed: list[Keyed] = field(default_factory=list)
    by_file: dict[str, Mapping[Place, list[Declaration]]] = field(default_factory=dict)
    _scopes: dict[int, tuple[str, Mapping[str, Any]]] = field(default_factory=dict)

    def scope(self, scope: Scope) -> str:
        """Where names keep their sizes: in one call of a function, or in a file."""
        name = f"{scope.function or '<module>'}#{len(self._scopes) + 1}"
        return self._scopes.setdefault(id(scope.cells), (name, scope.cells))[0]

    def about(self, module: Module, node: ast.AST) -> Iterable[Declaration]:
        """The comments and annotations that are about an expression."""
        if module.file not in self.by_file:
            self.by_file[module.file] = _by_place(module)
        found = self.by_file[module.file]
        return found.get(place_of(node), ()) if found and isinstance(node, ast.expr) else ()


def _by_place(module: Module) -> Mapping[Place, list[Declaration]]:
    """The declarations of a file; none if no comment in it is a shape and no variable is annotated."""
    if not _is_annotated(module.tree) and not any(read(comment) for comment in COMMENT.findall(module.places.text)):
        return {}
    return declared_in(indexed(module.places, module.tree)).by_place


def _is_annotated(tree: ast.Module) -> bool:
    """Whether any variable is annotated; looks at statements alone."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.AnnAssign) and node.value is not None:
            return True
        for name in ("body", "orelse", "finalbody", "handlers", "cases"):
            inside = getattr(node, name, ())
            waiting += inside if isinstance(inside, list) else ()
    return False
