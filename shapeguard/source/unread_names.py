"""Names that a program gives to targets and then uses nowhere: something else stands where they were meant."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.source.name_bindings import binders_in, scope_of

if TYPE_CHECKING:
    from shapeguard.source.trees import Source

_WORDS = frozenset({"y", "ys", "label", "labels", "target", "targets"})


def unread_targets(source: Source, call: ast.Call) -> str | None:
    """The one name for targets that is bound before a call, in its own scope, and never read; `None` for none."""
    read = {node.id for node in ast.walk(source.tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    binders = binders_in(source, scope_of(source, call))
    names = [
        name
        for name, nodes in binders.items()
        if is_of_targets(name) and name not in read and _begins_before(nodes[0], call)
    ]
    return names[0] if len(names) == 1 else None


def is_of_targets(name: str) -> bool:
    """Whether a name says that it is of targets."""
    return bool(_WORDS & set(name.lower().split("_")))


def _begins_before(binder: ast.AST, call: ast.Call) -> bool:
    line: int = getattr(binder, "lineno", call.lineno)
    return line < call.lineno
