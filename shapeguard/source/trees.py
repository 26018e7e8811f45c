"""The user's source as a tree: which node a frame was executing, and where a node is."""

from __future__ import annotations

import ast
import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shapeguard.source import compiled, frames, reading
from shapeguard.source.files import Places

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType

    from shapeguard.records.source import Span

_Place = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A parsed file: `nodes` are the expressions by place, `calls` the calls by their end."""

    places: Places
    tree: ast.Module
    nodes: dict[_Place, ast.expr] = field(default_factory=dict)
    calls: dict[tuple[int, int], ast.Call] = field(default_factory=dict)

    @property
    def file(self) -> str:
        """The name under which the file is known."""
        return self.places.file

    @property
    def lines(self) -> list[str]:
        """The lines, ends kept."""
        return self.places.lines

    def span(self, node: ast.AST) -> Span:
        """The place of `node`."""
        return self.places.span(node)

    def call_ending(self, span: Span) -> ast.Call | None:
        """The call expression whose span this is."""
        line = self.lines[span.end_line - 1]
        return self.calls.get((span.end_line, len(line[: span.end_column].encode())))

    def expression_at(self, span: Span) -> ast.expr | None:
        """The outermost expression whose span this is."""
        first, last = self.lines[span.line - 1][: span.column], self.lines[span.end_line - 1][: span.end_column]
        return self.nodes.get((span.line, span.end_line, len(first.encode()), len(last.encode())))

    def text(self, span: Span) -> str:
        """The source text of a span; of one that lies beyond the text, what there is of it."""
        lines = self.lines[span.line - 1 : span.end_line]
        if not lines:
            return ""
        lines[-1] = lines[-1][: span.end_column]
        lines[0] = lines[0][span.column :]
        return "".join(lines)


_sources: dict[str, tuple[list[str], Source | None]] = {}


def source_of(file: str) -> Source | None:
    """The parsed file; `None` where it cannot be read or is not Python. IPython cells are read from `linecache`."""
    lines = reading.lines_at(file)
    cached = _sources.get(file)
    if cached is not None and cached[0] is lines:
        return cached[1]
    tree = reading.tree_of("".join(lines)) if lines else None
    source = None if tree is None else indexed(Places("".join(lines), file), tree)
    _sources[file] = (lines, source)
    return source


def source_for(code: CodeType) -> Source | None:
    """The parsed file that a code object was compiled from; `None` where it is not at hand, or another by now."""
    code = compiled.original(code)
    return source_of(code.co_filename) if compiled.lines_of(code) else None


def absence_of(code: CodeType) -> str:
    """Why there is no source for a code object."""
    return "was edited after it was loaded" if reading.lines_at(code.co_filename) else "is not available"


def indexed(places: Places, tree: ast.Module) -> Source:
    """The file whose tree this is, with its expressions by place."""
    source = Source(places, tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.expr) and node.end_lineno is not None and node.end_col_offset is not None:
            source.nodes.setdefault((node.lineno, node.end_lineno, node.col_offset, node.end_col_offset), node)
            if isinstance(node, ast.Call):
                source.calls[node.end_lineno, node.end_col_offset] = node
    return source


@functools.lru_cache(maxsize=16)
def parents_in(source: Source) -> dict[ast.AST, ast.AST]:
    """The node around each node of a file."""
    return {child: node for node in ast.walk(source.tree) for child in ast.iter_child_nodes(node)}


def ancestors(source: Source, node: ast.AST) -> Iterator[ast.AST]:
    """The nodes around a node, innermost first."""
    parents, around = parents_in(source), node
    while around in parents:
        around = parents[around]
        yield around


def holds(node: ast.AST, line: int) -> bool:
    """Whether a line is one of those that a node is on."""
    first, last = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)
    return bool(first <= line <= last)


def node_at(source: Source, code: CodeType, offset: int) -> ast.expr | None:
    """The expression that the instruction at `offset` evaluates; `None` where positions are not at hand."""
    line, end_line, column, end_column = frames.position(code, offset)
    if line is None or end_line is None or column is None or end_column is None:
        return None
    # For a method call over several lines CPython puts the start at the attribute's name; no two calls share an end.
    return source.calls.get((end_line, end_column)) or source.nodes.get((line, end_line, column, end_column))


def raising_at(source: Source, code: CodeType, offset: int) -> ast.expr | None:
    """The expression whose own instruction, no operand's, is at `offset`: `a + f(b)` rather than `f(b)` at its end."""
    line, end_line, column, end_column = frames.position(code, offset)
    exact = (line or 0, end_line or 0, column or 0, end_column or 0)
    return source.nodes.get(exact) or node_at(source, code, offset)


def call_at(source: Source, code: CodeType, offset: int) -> ast.Call | None:
    """The call that the instruction at `offset` makes; `None` where it is not a call or positions are not at hand."""
    node = node_at(source, code, offset)
    return node if isinstance(node, ast.Call) else None


def operands_of(node: ast.expr) -> list[ast.expr]:
    """What an operator or call is applied to, as it stands in the source: names, attributes and calls, none entered."""
    match node:
        case ast.Call(func=function, args=args, keywords=keywords):
            owner = [function.value] if isinstance(function, ast.Attribute) else []
            inside = [*owner, *args, *(keyword.value for keyword in keywords)]
        case ast.BinOp(left=left, right=right):
            inside = [left, right]
        case ast.List(elts=inside) | ast.Tuple(elts=inside):
            pass
        case ast.UnaryOp(operand=only) | ast.Subscript(value=only) | ast.Starred(value=only):
            inside = [only]
        case _:
            return [node]
    return [leaf for each in inside for leaf in ([each] if isinstance(each, ast.Call) else operands_of(each))]


def calls_on(source: Source, line: int, names: frozenset[str]) -> tuple[ast.Call, ...]:
    """The calls that start on `line` and whose callee's last name is one of `names`."""
    return tuple(call for call in source.calls.values() if call.func.lineno == line and last_name(call.func) in names)


def last_name(node: ast.expr) -> str | None:
    """`Conv2D` of `Conv2D` and of `keras.layers.Conv2D`; `None` where the callee is no name."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return None
