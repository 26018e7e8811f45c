"""What else a line of the user's source does than what was seen: calls from other places, sizes read from tensors."""

from __future__ import annotations

import ast
import copy
import functools
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from shapeguard.source.constants import value_of
from shapeguard.source.trees import ancestors, last_name, source_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from shapeguard.records.source import Span
    from shapeguard.source.trees import Source

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_READERS = frozenset({"shape", "int_shape", "output_shape", "input_shape"})
"""Attributes and functions that tell the shape of a tensor or a layer."""
_SIZE = "the size"


def runs_elsewhere(span: Span, seen: Sequence[tuple[Span, ...]]) -> bool:
    """Whether the code that led to a constructor call runs it from another place too, with other arguments.

    `seen` are the calls that led to it, innermost first, of each time that it was seen to run.
    """
    source = source_of(span.file)
    node = None if source is None else source.call_ending(span)
    if source is None or node is None:
        return False
    callers = [[call for call in map(source.call_ending, _in_file(each, source)) if call is not None] for each in seen]
    return any(_is_called_otherwise(source, function, calls) for function, calls in _levels(source, node, callers))


def _in_file(callers: tuple[Span, ...], source: Source) -> Iterator[Span]:
    return itertools.takewhile(lambda span: span.file == source.file, callers)


def _levels(
    source: Source, node: ast.AST, callers: list[list[ast.Call]]
) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, list[ast.Call]]]:
    """Each function around the constructor call, and around the calls that led there, with the calls of it."""
    for level in range(max(map(len, callers), default=0)):
        calls = [each[level] for each in callers if len(each) > level]
        inner = [node] if level == 0 else [each[level - 1] for each in callers if len(each) > level]
        functions = {_function_around(source, each) for each in inner}
        yield from ((function, calls) for function in functions if function is not None)


def _is_called_otherwise(
    source: Source, function: ast.FunctionDef | ast.AsyncFunctionDef, seen: list[ast.Call]
) -> bool:
    """Whether a function has another call, with other arguments, in the code that made the calls that were seen."""
    running = {_function_around(source, call) for call in seen}
    others = (call for call in _calls_of(source, function) if call not in seen)
    written = {_arguments(call) for call in seen}
    return any(_function_around(source, call) in running and _arguments(call) not in written for call in others)


def _function_around(source: Source, node: ast.AST) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """The function whose body a node is in; `None` of what the file itself runs."""
    return next((each for each in ancestors(source, node) if isinstance(each, _FUNCTIONS)), None)


def _calls_of(source: Source, function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.Call]:
    """The calls by which a file runs a function from outside of it."""
    name = function.name
    if name == "__init__":
        name = next((each.name for each in ancestors(source, function) if isinstance(each, ast.ClassDef)), name)
    for call in source.calls.values():
        if last_name(call.func) == name and function not in ancestors(source, call):
            yield call


def _arguments(call: ast.Call) -> tuple[str, ...]:
    return (*map(ast.unparse, call.args), *sorted(map(ast.unparse, call.keywords)))


@dataclass(frozen=True, slots=True)
class ShapeRead:
    """An argument that depends on a size that the program reads from a tensor."""

    expression: ast.expr

    def of(self, size: int) -> object:
        """What the argument is if that size is `size`; `UNKNOWN` where only running the program would tell."""
        return value_of(self.expression, {_SIZE: ast.Constant(size)})


def shape_read(span: Span) -> ShapeRead | None:
    """How the argument at this place depends on the shape of a tensor, as far as its own function shows."""
    source = source_of(span.file)
    node = None if source is None else _expression_at(source, span)
    if source is None or node is None:
        return None
    scope = next((each for each in ancestors(source, node) if isinstance(each, (*_FUNCTIONS, ast.Module))), None)
    reading = _Reading(scope)
    expression = reading.visit(copy.deepcopy(node))
    return ShapeRead(expression) if reading.found else None


def _expression_at(source: Source, span: Span) -> ast.expr | None:
    """The value of an argument, whose span holds its keyword too."""
    end = span.end_line, len(source.lines[span.end_line - 1][: span.end_column].encode())
    inside = (
        each for each in _by_end(source).get(end, ()) if (each.lineno, each.col_offset) >= (span.line, span.column)
    )
    return min(inside, key=lambda each: (each.lineno, each.col_offset), default=None)


@functools.lru_cache(maxsize=16)
def _by_end(source: Source) -> dict[tuple[int, int], list[ast.expr]]:
    """The expressions of a file by where they end."""
    found: dict[tuple[int, int], list[ast.expr]] = {}
    for (_, line, _, column), node in source.nodes.items():
        found.setdefault((line, column), []).append(node)
    return found


class _Reading(ast.NodeTransformer):
    """Puts one name in the place of every size that an expression reads, by the names in it or outright."""

    def __init__(self, scope: ast.AST | None) -> None:
        assigned = [] if scope is None else [each for each in ast.walk(scope) if isinstance(each, ast.Assign)]
        self._assigned: dict[str, list[ast.Assign]] = {}
        for each in assigned:
            for name in _names_in(each.targets):
                self._assigned.setdefault(name, []).append(each)
        self.found = False

    def _size(self) -> ast.expr:
        self.found = True
        return ast.Name(id=_SIZE, ctx=ast.Load())

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """`x.shape[-1]`."""
        return self._size() if _reads(node.value) else node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """`x.shape`."""
        return self._size() if _reads(node) else node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """`ops.shape(x)`, and `int(...)` around a size."""
        if _reads(node):
            return self._size()
        if last_name(node.func) == int.__name__ and len(node.args) == 1:
            return cast("ast.expr", self.visit(node.args[0]))
        return cast("ast.expr", self.generic_visit(node))

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """A name that is assigned a size, or something worked out from one; of several values nobody knows which."""
        assigned = self._assigned.pop(node.id, [])  # once, for a name may be assigned anew from itself
        values = [self._value_in(each) for each in assigned]
        return values[0] if len(values) == 1 else ast.Tuple(elts=[node, *values], ctx=ast.Load()) if values else node

    def _value_in(self, assigned: ast.Assign) -> ast.expr:
        if isinstance(assigned.targets[0], ast.Name):
            return cast("ast.expr", self.visit(copy.deepcopy(assigned.value)))
        return self._size() if _reads(assigned.value) else assigned.value


def _names_in(targets: Iterable[ast.expr]) -> Iterator[str]:
    return (each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name))


def _reads(node: ast.expr) -> bool:
    """Whether an expression is the shape of something, or a part of one."""
    match node:
        case ast.Attribute(attr=name):
            return name in _READERS
        case ast.Call(func=function):
            return last_name(function) in _READERS
        case ast.Subscript(value=value):
            return _reads(value)
        case _:
            return False
