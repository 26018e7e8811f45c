"""Goes through the tree of a file once, and keeps what the rules read: statements, and calls that may be of Keras.

A program is mostly expressions that no rule asks about. So all statements are visited, but only those are searched for
calls that are on a line with one of the words by which the file can reach Keras.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapeguard.source.files import Places

_NO_CALLS = frozenset({"ctx", "op", "ops", "kind", "type_comment"})
_BLOCKS = frozenset({"body", "orelse", "finalbody"})
_FIELDS = {
    kind: tuple(
        name
        for name in kind._fields
        if name not in _NO_CALLS and not (name in _BLOCKS and not issubclass(kind, ast.expr | ast.mod))
    )
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}
"""The fields of each type of node that may have a call in them, but for the statements inside a statement."""
_LEAVES = frozenset({ast.Name, ast.Constant, ast.alias, str, int, type(None)})
"""Types of values in which there is no call."""
_CONSTRUCTOR = r"[A-Z]\w*(?=\s*\()"
_SHORT = 4
"""Words of fewer characters are parts of too many others."""


@dataclass(frozen=True, slots=True)
class Statements:
    """The statements of a file, each list in the order of a breadth-first search."""

    blocks: tuple[list[ast.stmt], ...]
    imports: tuple[ast.Import | ast.ImportFrom, ...]
    definitions: tuple[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, ...]
    assignments: tuple[ast.Assign, ...]


def statements_of(tree: ast.Module) -> Statements:
    """All statements of a file, in whatever scope."""
    blocks: list[list[ast.stmt]] = [tree.body]
    imports: list[ast.Import | ast.ImportFrom] = []
    definitions: list[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef] = []
    assignments: list[ast.Assign] = []
    for block in blocks:  # grows while it is read
        for statement in block:
            match statement:
                case ast.Assign():
                    assignments.append(statement)
                case ast.Expr() | ast.Return() | ast.AugAssign() | ast.AnnAssign():
                    pass
                case ast.Import() | ast.ImportFrom():
                    imports.append(statement)
                case _:
                    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                        definitions.append(statement)
                    blocks += _blocks_in(statement)
    return Statements(tuple(blocks), tuple(imports), tuple(definitions), tuple(assignments))


def _blocks_in(statement: ast.AST) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        if block := getattr(statement, name, None):
            yield block
    for name in ("handlers", "cases"):
        for part in getattr(statement, name, ()):
            yield from _blocks_in(part)


def lines_with(places: Places, words: Sequence[str], *, constructors: bool = False) -> list[int]:
    """The lines, from 1, on which one of the words is, in order; with `constructors` also any `Name(`.

    A longer word that has one of them in it counts too: it costs a look at a statement, and no finding.
    """
    if constructors or any(len(word) < _SHORT for word in words):
        return _lines_matching(places, [*map(re.escape, words), *([_CONSTRUCTOR] if constructors else [])])
    numbered = enumerate(places.lines, 1)
    if len(words) == 1:
        return [number for number, line in numbered if words[0] in line]
    return [number for number, line in numbered if any(word in line for word in words)]


def _lines_matching(places: Places, alternatives: Sequence[str]) -> list[int]:
    search = re.compile(rf"\b(?:{'|'.join(alternatives)})\b").search
    return [number for number, line in enumerate(places.lines, 1) if search(line)]


def touches(lines: Sequence[int], first: int, last: int) -> bool:
    """Whether one of these lines, in order, is from `first` to `last`."""
    index = bisect_left(lines, first)
    return index < len(lines) and lines[index] <= last


def calls_on(statements: Statements, lines: Sequence[int]) -> tuple[ast.Call, ...]:
    """The calls in the statements that touch one of these lines, in the order of the source."""
    calls: list[ast.Call] = []
    if not lines:
        return ()
    for block in statements.blocks:
        for statement in block:
            decorators = getattr(statement, "decorator_list", None)
            first = decorators[0].lineno if decorators else statement.lineno
            if touches(lines, first, statement.end_lineno or first):
                calls += _calls_in(statement)
    calls.sort(key=lambda call: (call.lineno, call.col_offset))
    return tuple(calls)


def _calls_in(statement: ast.stmt) -> list[ast.Call]:
    """The calls in the expressions of a statement, those in statements inside left out."""
    calls: list[ast.Call] = []
    nodes = _children(statement)
    for node in nodes:  # grows while it is read
        if isinstance(node, ast.Call):
            calls.append(node)
        nodes += _children(node)
    return calls


def _children(node: ast.AST) -> list[ast.AST]:
    children: list[ast.AST] = []
    for name in _FIELDS[type(node)]:
        value = getattr(node, name)
        kind = type(value)
        if kind is list:
            children += [part for part in value if type(part) not in _LEAVES]
        elif kind not in _LEAVES:
            children.append(value)
    return children
