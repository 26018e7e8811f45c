"""Where a program batches a dataset: the calls of `batch` in the chain of methods that makes it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.records.source import Correction
from shapeguard.source.constants import Scope
from shapeguard.source.name_bindings import binders_in
from shapeguard.source.statement_edits import end, gap, without
from shapeguard.source.trees import ancestors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.source.trees import Source

_METHODS = frozenset({"batch", "padded_batch"})


def without_last_batch(source: Source, call: ast.Call, given: ast.expr) -> Correction | None:
    """The last call of `batch` on the way to a dataset taken out; `None` where none is in sight.

    It is in the expression that `call` is given, or in the statement that made the name that stands there.
    """
    own = next(_batches_in(given), None)
    if own is not None:
        return _left_out(source, own)
    assigned = _assignments(source, call, given.id) if isinstance(given, ast.Name) else []
    for statement in reversed(assigned):
        last = next(_batches_in(statement.value), None)
        if last is not None:
            is_all = last is statement.value and isinstance(_receiver(last), ast.Name) and len(assigned) > 1
            return without(source, statement) if is_all else _left_out(source, last)
    return None


def _batches_in(node: ast.expr) -> Iterator[ast.Call]:
    """The calls of `batch` in a chain of methods, the last first."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in _METHODS:
            yield node
        node = node.func.value


def _receiver(call: ast.Call) -> ast.expr:
    return call.func.value if isinstance(call.func, ast.Attribute) else call.func


def _left_out(source: Source, call: ast.Call) -> Correction:
    """A chain without one of its methods."""
    inner, whole = source.span(_receiver(call)), source.span(call)
    return Correction(source.text(inner), gap(inner, end(whole)), "")


def _assignments(source: Source, call: ast.Call, name: str) -> list[ast.Assign]:
    """What binds a name before a call in its own scope; none if anything but plain assignments does."""
    scope = next(each for each in ancestors(source, call) if isinstance(each, Scope))
    binders = [each for each in binders_in(source, scope).get(name, []) if getattr(each, "lineno", 0) <= call.lineno]
    plain = [each for each in binders if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name)]
    return plain if len(plain) == len(binders) else []
