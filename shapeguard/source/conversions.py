"""Data converted where a program hands it to `fit` and its like, in the program's own words."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.source.fit_call import argument_of
from shapeguard.source.spelling import rewritten
from shapeguard.source.statement_edits import replaced

if TYPE_CHECKING:
    from shapeguard.records.source import Correction
    from shapeguard.source.spelling import Import
    from shapeguard.source.trees import Source

NAMES = {"np": "numpy", "keras": "keras"}
"""The names in code that converts data."""
_ATOMS = (ast.Name, ast.Call, ast.Attribute, ast.Subscript, ast.List, ast.Tuple, ast.Constant)


@dataclass(frozen=True, slots=True)
class Conversion:
    """Data converted in a call: the new expression, the change, and the imports that it needs."""

    expression: str
    correction: Correction
    imports: tuple[Import, ...]


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a model: its place in the model's order, of how many, and its name."""

    index: int
    count: int
    name: str


def converted(source: Source, call: ast.Call, argument: str, of: Input, code: str) -> Conversion | None:
    """The data of one input converted by `code` on `{x}`; `None` where one expression stands for several inputs."""
    given = argument_of(call, argument)
    if argument == "validation_data":
        given = given.elts[0] if isinstance(given, ast.Tuple | ast.List) and len(given.elts) in (2, 3) else None
    node = None if given is None else _of_input(given, of)
    if node is None:
        return None
    written = rewritten(source, call, code.format(x=_PLACEHOLDER), NAMES)
    if written is None:
        return None
    text, span = source.text(source.span(node)), source.span(node)
    is_whole = isinstance(node, _ATOMS) or not code.startswith("{x}")
    expression = written[0].replace(_PLACEHOLDER, text if is_whole else f"({text})")
    return Conversion(expression, replaced(source, call, span, expression), written[1])


_PLACEHOLDER = "the_data"


def _of_input(given: ast.expr, of: Input) -> ast.expr | None:
    """The expression of one input among the data for all of them."""
    match given:
        case ast.Starred():
            return None
        case ast.Dict(keys=keys, values=values):
            named = {key.value: value for key, value in zip(keys, values, strict=True) if isinstance(key, ast.Constant)}
            return named.get(of.name)
        case ast.List(elts=elements) | ast.Tuple(elts=elements) if of.count > 1:
            is_each = len(elements) == of.count and not any(isinstance(each, ast.Starred) for each in elements)
            return elements[of.index] if is_each else None
        case _:
            return given if of.count == 1 else None
