"""Functions of the user's own as they would be with other text in their source."""

from __future__ import annotations
import __future__

import ast
import contextlib
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from shapeguard.source import compiled
from shapeguard.source.function_slices import as_definition
from shapeguard.source.statement_edits import end, gap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.records.source import Span
    from shapeguard.source.function_slices import Function
    from shapeguard.source.trees import Source

FILE = "<frozen what-if>"
"""Where such code says it stands: in no file of the user's, so that nothing of it is taken for what they wrote."""
_FUTURE = 0
for _name in __future__.all_feature_names:
    _FUTURE |= getattr(__future__, _name).compiler_flag


def definition_of(source: Source, code: CodeType) -> Function | None:
    """The statement that a function's code was compiled from."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == code.co_name:
            first = min((each.lineno for each in node.decorator_list), default=node.lineno)
            if first == code.co_firstlineno:
                return node
    written = [each for each in ast.walk(source.tree) if isinstance(each, ast.Lambda) and _is_of(code, each)]
    return as_definition(written[0]) if len(written) == 1 else None


def _is_of(code: CodeType, written: ast.Lambda) -> bool:
    """Whether code is that of a function which is written in place, as far as its line and its arguments tell."""
    names = tuple(each.arg for each in written.args.args)
    is_there = code.co_name == "<lambda>" and code.co_firstlineno == written.lineno
    return is_there and code.co_varnames[: code.co_argcount] == names


def compiled_with(source: Source, span: Span, text: str, code: CodeType) -> CodeType | None:
    """The code of a function with another text at a span inside it; `None` where that is no program."""
    around = next((each for each in source.tree.body if each.lineno <= span.line <= (each.end_lineno or 0)), None)
    if around is None:
        return None
    whole = source.span(around)
    first = min((each.lineno for each in getattr(around, "decorator_list", ())), default=around.lineno)
    front = "".join(source.lines[first - 1 : span.line - 1]) + source.lines[span.line - 1][: span.column]
    written = "\n" * (first - 1) + front + text + source.text(gap(span, end(whole)))
    try:
        module = compile(written, FILE, "exec", flags=code.co_flags & _FUTURE, dont_inherit=True)
    except (SyntaxError, ValueError):
        return None
    new = next((each for each in _codes_in(module) if _is_same(each, code)), None)
    if new is not None:
        compiled.stands_for(new, code)
    return new


def _is_same(new: CodeType, old: CodeType) -> bool:
    return _names_in(new) == _names_in(old)


def _names_in(code: CodeType) -> tuple[object, ...]:
    return code.co_qualname, code.co_firstlineno, code.co_freevars, code.co_varnames[: code.co_argcount]


def _codes_in(code: CodeType) -> Iterator[CodeType]:
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield each
            yield from _codes_in(each)


@contextlib.contextmanager
def running(function: FunctionType, code: CodeType) -> Iterator[None]:
    """While it lasts, the function runs this code."""
    own: Any = function.__code__
    function.__code__ = code
    try:
        yield
    finally:
        function.__code__ = own


def is_rewritten(function: Any) -> bool:
    """Whether a function runs such code."""
    code = getattr(function, "__code__", None)
    return code is not None and code.co_filename == FILE
