"""Where a program batches a dataset: the calls of `batch` in the chain of methods that makes it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.records.source import Correction
from shapeguard.source.constants import Scope, own_nodes
from shapeguard.source.name_bindings import binders_in
from shapeguard.source.statement_edits import at, end, gap, without
from shapeguard.source.trees import ancestors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.source.trees import Source

_METHODS = frozenset({"batch", "padded_batch"})
_MADE_ANEW = _METHODS | {"cache", "filter", "map", "prefetch", "repeat", "shuffle", "skip", "take", "unbatch"}
"""Methods of a dataset that give another one, and change nothing themselves."""


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


def results_dropped(source: Source, call: ast.Call, name: str) -> list[ast.Expr]:
    """The statements before a call that only call methods of a name, as `dataset.batch(8)`, if one of these batches."""
    scope = next(each for each in ancestors(source, call) if isinstance(each, Scope))
    statements = [each for each in own_nodes(scope) if isinstance(each, ast.Expr) and each.lineno < call.lineno]
    dropped = [each for each in sorted(statements, key=source.span) if _is_method_of(each.value, name)]
    return dropped if any(True for each in dropped for _ in _batches_in(each.value)) else []


def _is_method_of(node: ast.expr, name: str) -> bool:
    """Whether this is a chain of calls on a name, the last of which makes a dataset of a dataset."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in _MADE_ANEW:
        return False
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        node = node.func.value
    return isinstance(node, ast.Name) and node.id == name


def named(source: Source, statement: ast.Expr, name: str) -> Correction:
    """The statement whose result gets a name."""
    span = source.span(statement)
    return Correction(f"{name} = {source.text(span)}", at(span), f"{name} = ")


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
