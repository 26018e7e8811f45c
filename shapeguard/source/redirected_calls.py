"""A call that takes the wrong one of two tensors, which meet behind it: the same call written for the other one."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from shapeguard.source.constants import LOOPS, Scope, own_nodes
from shapeguard.source.statement_edits import at, end, gap
from shapeguard.source.trees import ancestors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapeguard.records.source import Span
    from shapeguard.source.trees import Source

    Edits = tuple[tuple[Span, str, str], ...]


@dataclass(frozen=True, slots=True)
class RedirectedCall:
    """The names of the tensor that the call takes and of the other one; the edits, each (span, text, new text)."""

    taken: str
    other: str
    edits: tuple[tuple[Span, str, str], ...]


def redirected_call(source: Source, call: ast.Call, meeting: ast.expr, other: ast.expr) -> RedirectedCall | None:
    """The call written for the tensor `other`, which meets what comes of the call in the expression `meeting`.

    `None` where either tensor is no plain name, or where the names are read or given otherwise in between or behind.
    """
    scope = _scope(source, call)
    match call.args, other:
        case [ast.Name() as taken], ast.Name() if scope is _scope(source, meeting):
            names = _Names(source, scope, call)
        case _:
            return None
    if _in_loop(source, call) or _in_loop(source, meeting) or taken.id == other.id or names.stored(other.id):
        return None
    edits = _renewed(names, taken, other) or _exchanged(names, taken, meeting, other)
    return None if edits is None else RedirectedCall(taken.id, other.id, edits)


def _scope(source: Source, node: ast.AST) -> ast.AST:
    return next(each for each in ancestors(source, node) if isinstance(each, Scope))


def _in_loop(source: Source, node: ast.AST) -> bool:
    """Whether a loop of its function runs a node again, so that what is behind may be before it as well."""
    around = takewhile(lambda each: not isinstance(each, Scope), ancestors(source, node))
    return any(isinstance(each, LOOPS) for each in around)


class _Names:
    """Where a function reads and gives names behind a call."""

    def __init__(self, source: Source, scope: ast.AST, call: ast.Call) -> None:
        self.source, self.call = source, call
        self.statement = next(each for each in ancestors(source, call) if isinstance(each, ast.stmt))
        end = (call.end_lineno or 0, call.end_col_offset or 0)
        every = [each for each in own_nodes(scope) if isinstance(each, ast.Name)]  # type: ignore[arg-type]
        self._behind = [each for each in every if (each.lineno, each.col_offset) >= end]

    def read(self, name: str) -> list[ast.Name]:
        """The places behind the call that read a name."""
        return [each for each in self._behind if each.id == name and isinstance(each.ctx, ast.Load)]

    def stored(self, name: str) -> bool:
        """Whether a name is given another value behind the call."""
        return any(each.id == name and not isinstance(each.ctx, ast.Load) for each in self._behind)


def _renewed(names: _Names, taken: ast.Name, other: ast.Name) -> Edits | None:
    """`before = self.match(before)` for `x = self.match(x)`: the other one is read where they meet and nowhere else."""
    match names.statement:
        case ast.Assign(targets=[ast.Name() as target], value=value) if value is names.call and target.id == taken.id:
            is_read_once = names.read(other.id) == [other]
            renamed = {target: other.id, taken: other.id}
            return (_edit(names.source, names.statement, renamed),) if is_read_once else None
        case _:
            return None


def _exchanged(names: _Names, taken: ast.Name, meeting: ast.expr, other: ast.Name) -> Edits | None:
    """`x + self.match(before)` for `before + self.match(x)`, with or without a name for what the call gives."""
    if names.stored(taken.id):
        return None
    if names.call in ast.walk(meeting):
        return (_edit(names.source, meeting, {taken: other.id, other: taken.id}),)
    match names.statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if value is names.call and not names.stored(name):
            read = names.read(name)
            if len(read) != 1 or read[0] not in ast.walk(meeting):
                return None
            first = _edit(names.source, names.statement, {taken: other.id})
            return first, _edit(names.source, meeting, {other: taken.id})
        case _:
            return None


def _edit(source: Source, node: ast.AST, renamed: Mapping[ast.Name, str]) -> tuple[Span, str, str]:
    """A part of the program with other names in it."""
    whole = source.span(node)
    text, done = "", at(whole)
    for span, name in sorted((source.span(each), name) for each, name in renamed.items()):
        text, done = f"{text}{source.text(gap(done, span))}{name}", span
    return whole, source.text(whole), text + source.text(gap(done, end(whole)))
