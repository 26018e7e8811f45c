"""By which name a file has the functions that work on tensors: `ops`, `tf`, `jnp`, `torch` or `keras.ops`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shapeguard.source.trees import Source

_OWNERS = ("ops", "keras.ops", "jnp", "torch")


def names_imported(source: Source) -> set[str]:
    """The names that the imports of a file bind."""
    imports = (each for each in ast.walk(source.tree) if isinstance(each, ast.Import | ast.ImportFrom))
    return {(alias.asname or alias.name).partition(".")[0] for each in imports for alias in each.names}


def owner_of_functions(source: Source, expression: ast.expr) -> str | None:
    """The module of which functions such as `swapaxes` are attributes, first that of the call; `None` if no one is."""
    written = source.text(source.span(expression.func)) if isinstance(expression, ast.Call) else ""
    if written.rpartition(".")[0] in _OWNERS:
        return written.rpartition(".")[0]
    names = names_imported(source)
    return next((owner for owner in _OWNERS if owner.partition(".")[0] in names), None)
