"""Another literal in the place of one: what to write where, and how its place is called."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shapeguard.records.source import Correction, Span
from shapeguard.source.literals import Style, printed
from shapeguard.source.name_bindings import FUNCTIONS, class_of
from shapeguard.source.trees import ancestors, last_name, parents_in, source_of

if TYPE_CHECKING:
    from shapeguard.source.trees import Source

_PYTHONS = frozenset({"int", "round", "max", "min", "abs", "len", "tuple", "list", "range", "enumerate", "zip", "dict"})
"""Functions around a number that it is not passed to for its own sake."""
_KEPT_BY_ONE = (ast.Mult, ast.FloorDiv, ast.Div)
_KEPT_BY_ZERO = (ast.Add, ast.Sub)


@dataclass(frozen=True, slots=True)
class LiteralPlace:
    """Where a literal is written.

    `call` is the call that it is passed to, `callee` its name, `position` the index among the positional arguments;
    `None` for a keyword. `default_of` is the parameter and function whose default it is.
    """

    call: Span | None = None
    callee: str = ""
    position: int | None = None
    default_of: str = ""

    @property
    def words(self) -> str:
        """The place in a few words, as they follow a name in parentheses."""
        if self.default_of:
            return f"default of {self.default_of}"
        if self.call is None:
            return "assigned"
        return (
            f"keyword of {self.callee}" if self.position is None else f"argument {self.position + 1} of {self.callee}"
        )


def literal_place(literal: Span) -> LiteralPlace:
    """How the place of a literal is called."""
    found = _node_at(literal)
    if found is None:
        return LiteralPlace()
    source, node = found
    inner: ast.AST = node
    for around in ancestors(source, node):
        if isinstance(around, ast.Call) and inner is not around.func and last_name(around.func) not in _PYTHONS:
            position = next((place for place, each in enumerate(around.args) if each is inner), None)
            return LiteralPlace(source.span(around), _name(source, around.func), position)
        if isinstance(around, ast.arguments):
            return LiteralPlace(default_of=_owner(source, around, inner))
        if isinstance(around, ast.stmt):
            break
        inner = around
    return LiteralPlace()


def _name(source: Source, callee: ast.expr) -> str:
    return last_name(callee) or " ".join(source.text(source.span(callee)).split())


def _owner(source: Source, arguments: ast.arguments, default: ast.AST) -> str:
    """`width in Block.__init__`."""
    function = parents_in(source)[arguments]
    positional = [*arguments.posonlyargs, *arguments.args]
    behind = positional[len(positional) - len(arguments.defaults) :]
    pairs = [*zip(behind, arguments.defaults, strict=True)]
    pairs += [(p, d) for p, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d is not None]
    name = next((parameter.arg for parameter, each in pairs if each is default), "")
    cls = class_of(source, function) if isinstance(function, FUNCTIONS) else None
    written = getattr(function, "name", "lambda")
    return f"{name} in {written if cls is None else f'{cls.name}.{written}'}"


def with_literal(literal: Span, value: Any) -> Correction:
    """The edit that puts a value in the place of a literal; a factor of one and a term of zero go with their sign."""
    found = _node_at(literal)
    if found is None:
        return Correction(None)
    source, node = found
    style = Style.of(source.lines[literal.line - 1])
    replaced, text = literal, printed(value, style)
    shorter = _without_operator(source, node, value)
    if shorter is not None:
        replaced, text = shorter
    return Correction(_corrected(source, node, replaced, text), replaced, text)


def _without_operator(source: Source, node: ast.expr, value: Any) -> tuple[Span, str] | None:
    """`dim` in the place of `4 * dim`, if the 4 shall be a 1."""
    parent = parents_in(source).get(node)
    if not isinstance(parent, ast.BinOp) or type(value) is not int:
        return None
    kept = _KEPT_BY_ONE if value == 1 else _KEPT_BY_ZERO if value == 0 else ()
    is_left = parent.left is node
    if not isinstance(parent.op, kept) or (is_left and not isinstance(parent.op, ast.Mult | ast.Add)):
        return None
    span, own = source.span(parent), source.span(node)
    if is_left:
        rest = source.text(Span(span.file, own.end_line, own.end_column, span.end_line, span.end_column))
        return span, rest.lstrip(" )").lstrip("*+").strip()
    rest = source.text(Span(span.file, span.line, span.column, own.line, own.column))
    return span, rest.rstrip(" (").rstrip("*/+-").strip()


def _corrected(source: Source, node: ast.expr, replaced: Span, text: str) -> str:
    """The call that takes the new value, else its line, for reading."""
    inner: ast.AST = node
    for around in ancestors(source, node):
        if isinstance(around, ast.Call) and inner is not around.func and last_name(around.func) not in _PYTHONS:
            return replaced_in(source, source.span(around), replaced, text)
        if isinstance(around, ast.stmt):
            break
        inner = around
    line = source.lines[replaced.line - 1].rstrip()
    indent = len(line) - len(line.lstrip())
    whole = Span(
        replaced.file, replaced.line, indent, replaced.end_line, len(source.lines[replaced.end_line - 1].rstrip())
    )
    return replaced_in(source, whole, replaced, text)


def replaced_in(source: Source, whole: Span, replaced: Span, text: str) -> str:
    """The text of a place in which that of a part is another one."""
    before = Span(whole.file, whole.line, whole.column, replaced.line, replaced.column)
    behind = Span(whole.file, replaced.end_line, replaced.end_column, whole.end_line, whole.end_column)
    return source.text(before) + text + source.text(behind)


def _node_at(literal: Span) -> tuple[Source, ast.expr] | None:
    source = source_of(literal.file)
    if source is None:
        return None
    places = (node for node in source.nodes.values() if node.lineno == literal.line)
    node = next((each for each in places if source.span(each) == literal), None)
    return None if node is None else (source, node)
