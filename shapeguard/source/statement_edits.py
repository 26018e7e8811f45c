"""Lines put before a statement and statements taken out, whatever else stands on their lines."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.records.source import Correction, Span
from shapeguard.source.comments import read
from shapeguard.source.reading import comments_inside
from shapeguard.source.trees import ancestors, parents_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.source.trees import Source

_BLOCKS = ("body", "orelse", "finalbody")


def at(span: Span) -> Span:
    """The place of no width at the beginning of a span."""
    return Span(span.file, span.line, span.column, span.line, span.column)


def between(first: Span, last: Span) -> Span:
    """From the beginning of one span to the end of another."""
    return Span(first.file, first.line, first.column, last.end_line, last.end_column)


def gap(first: Span, last: Span) -> Span:
    """From the end of one span to the beginning of another."""
    return Span(first.file, first.end_line, first.end_column, last.line, last.column)


def end(span: Span) -> Span:
    """The place of no width at the end of a span."""
    return Span(span.file, span.end_line, span.end_column, span.end_line, span.end_column)


def replaced(source: Source, whole: ast.AST, span: Span, text: str) -> Correction:
    """Another text for a part of an expression, to be read in the whole."""
    around = source.span(whole)
    front, rear = source.text(between(at(around), at(span))), source.text(gap(span, end(around)))
    return Correction(f"{front}{text}{rear}", span, text)


def with_all(source: Source, whole: ast.AST, changes: Sequence[Correction]) -> str:
    """What a part of the program reads with several parts of it replaced, none of which holds another."""
    around = source.span(whole)
    known = [(each.replaces, each.replacement) for each in changes if each.replaces is not None]
    text, rest = "", at(around)
    for span, replacement in sorted(known):
        text += source.text(between(rest, at(span))) + (replacement or "")
        rest = end(span)
    return text + source.text(between(rest, end(around)))


def readable_around(source: Source, node: ast.AST) -> ast.AST:
    """The statement around a node; of one that has several lines the innermost call or lambda."""
    around = list(ancestors(source, node))
    statement = next(each for each in around if isinstance(each, ast.stmt))
    is_long = source.span(statement).line < source.span(statement).end_line
    short = (each for each in around if isinstance(each, ast.Call | ast.Lambda))
    return next(short, statement) if is_long else statement


def before(source: Source, statement: ast.stmt, text: str) -> Correction:
    """Another statement before one: on a line of its own if that begins its line."""
    span = source.span(statement)
    indent = indent_of(source, span)
    return Correction(text, at(span), f"{text}; " if indent is None else f"{text}\n{indent}")


def indent_of(source: Source, span: Span) -> str | None:
    """The blanks before a span; `None` if other code begins its line."""
    indent = source.lines[span.line - 1][: span.column]
    return indent if not indent.strip() else None


def behind(source: Source, span: Span) -> str:
    """What follows a span on its last line, line ending included."""
    return source.lines[span.end_line - 1][span.end_column :]


def without(source: Source, statement: ast.stmt) -> Correction | None:
    """A statement taken out, with its lines and a shape in the comment behind it; another comment stays there.

    `None` where it holds a comment that would go with it and is no shape.
    """
    span = source.span(statement)
    block = _block_of(source, statement)
    if remarks_in(source, span):
        return None
    if len(block) == 1:
        return Correction("", span, "pass")
    place = block.index(statement)
    following, preceding = block[place + 1 : place + 2], block[:place][-1:]
    if following and following[0].lineno == span.end_line:
        return Correction("", between(at(span), at(source.span(following[0]))), "")
    if preceding and preceding[0].end_lineno == span.line:
        return Correction("", between(gap(source.span(preceding[0]), span), span), "")
    return Correction("", whole_lines(source, span), "")


def whole_lines(source: Source, span: Span) -> Span:
    """The lines of a span that nothing else is on but a comment; one that is no shape is left where it is."""
    rest = behind(source, span).lstrip(" \t,;")
    if rest.startswith("#") and read(rest.rstrip("\r\n")) is None:
        return Span(span.file, span.line, span.column, span.end_line, len(source.lines[span.end_line - 1]) - len(rest))
    if span.end_line < len(source.lines):
        return Span(span.file, span.line, 0, span.end_line + 1, 0)
    return Span(span.file, span.line, 0, span.end_line, len(source.lines[span.end_line - 1]))


def remarks_in(source: Source, span: Span) -> int:
    """How many comments a part of the program holds that are no shapes."""
    return sum(read(comment) is None for comment in comments_inside(source.text(span)))


def _block_of(source: Source, statement: ast.stmt) -> list[ast.stmt]:
    """The statements that a statement is one of."""
    parent = parents_in(source)[statement]
    blocks = (getattr(parent, name, None) for name in _BLOCKS)
    return next(block for block in blocks if isinstance(block, list) and statement in block)
