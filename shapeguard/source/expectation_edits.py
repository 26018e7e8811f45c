"""Another shape where the program declares one: in a comment, an annotation, a mapping or a call of `expect`."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.errors import SpecError
from shapeguard.records.source import Correction
from shapeguard.source import trees
from shapeguard.source.comments import read, write
from shapeguard.source.literals import Style, printed
from shapeguard.spec import ShapeSpec, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.records.expectations import Expectation
    from shapeguard.records.source import Span
    from shapeguard.source.trees import Source

_BRACKETED = re.compile(r"\([^()\[\]]*\)|\[[^()\[\]]*\]")


def declared_anew(expectation: Expectation, spec: ShapeSpec) -> Correction | None:
    """The declaration with another shape, in its own form; `None` where the source does not show it as it is."""
    place = expectation.declared
    source = None if place is None else trees.source_of(place.file)
    if place is None or source is None or expectation.quantity != "output":
        return None
    match expectation.origin:
        case "comment":
            return _comment(source, place, expectation.text, spec)
        case "annotation" | "mapping" | "expect":
            return _literal(source, place, expectation, spec)
        case _:
            return None


def _comment(source: Source, place: Span, text: str, spec: ShapeSpec) -> Correction | None:
    """The comment with another shape in the brackets that it has, else written anew."""
    stated = read(text)
    if source.text(place) != text or stated is None:
        return None
    left_out = isinstance(stated.spec, ShapeSpec) and stated.spec.ndim == len(spec.dims) - 1
    meant = ShapeSpec(spec.dims[1:]) if left_out else spec
    for match in _BRACKETED.finditer(text):
        comment = f"{text[: match.start()]}{match[0][0]}{meant.as_tuple[1:-1]}{match[0][-1]}{text[match.end() :]}"
        again = read(comment)
        if again is not None and again == replace(stated, spec=meant):
            return Correction(comment, place, comment)
    try:
        comment = write(text, spec)
    except ValueError:  # no comment can state such a spec
        return None
    return Correction(comment, place, comment)


def _literal(source: Source, place: Span, expectation: Expectation, spec: ShapeSpec) -> Correction | None:
    """The one literal at the place that states the shape which is expected."""
    root = next((node for node in source.nodes.values() if source.span(node) == place), None)
    stating = [] if root is None else list(_stating(root, expectation.spec))
    if len(stating) != 1:
        return None
    span = source.span(stating[0])
    text = _in_form(stating[0], source.text(span), spec)
    return Correction(text, span, text)


def _stating(node: ast.AST, spec: object) -> Iterator[ast.expr]:
    """The literals in an expression that state a spec."""
    if isinstance(node, ast.Constant | ast.Tuple | ast.List) and _states(node, spec):
        yield node
        return
    for child in ast.iter_child_nodes(node):
        yield from _stating(child, spec)


def _states(node: ast.expr, spec: object) -> bool:
    try:
        return bool(parse(ast.literal_eval(node)) == spec)
    except (SpecError, ValueError, TypeError):
        return False


def _in_form(node: ast.expr, text: str, spec: ShapeSpec) -> str:
    """A spec as a text or a sequence, as it was one before."""
    style = Style.of(text)
    if isinstance(node, ast.Constant):
        return f"{style.quote}{spec}{style.quote}"
    dims = tuple(_dim(str(dim)) for dim in spec.dims)
    return printed(list(dims) if isinstance(node, ast.List) else dims, style)


def _dim(text: str) -> object:
    return int(text) if text.isdecimal() else None if text == "None" else text
