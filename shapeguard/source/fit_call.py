"""The user's own `fit` call in the source: the spans and texts of its arguments, found without running anything."""

from __future__ import annotations

import ast
import functools
import linecache
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.records.source import Span
from shapeguard.source import compiled, frames

if TYPE_CHECKING:
    from types import FrameType

_POSITIONAL = ("x", "y", "batch_size")


@dataclass(frozen=True, slots=True)
class UserCall:
    """Where the user's program called `fit` or its like, and what stands there for `x`, `y` and `batch_size`."""

    call_span: Span | None = None
    x_span: Span | None = None
    y_span: Span | None = None
    batch_span: Span | None = None
    x_text: str | None = None
    y_text: str | None = None


def user_call(frame: FrameType | None) -> UserCall:
    """The call that the innermost user frame is in, from `frame` outwards; empty where its source is not at hand."""
    while frame is not None and frames.is_framework(frame.f_code.co_filename):
        frame = frame.f_back
    if frame is None:
        return UserCall()
    linecache.lazycache(frame.f_code.co_filename, frame.f_globals)  # of a module that was not loaded from a file
    text = "".join(compiled.lines_of(frame.f_code))
    call = _call_at(text, frames.position(frame.f_code, frame.f_lasti))
    if call is None:
        return UserCall()
    lines = text.splitlines()
    file = frame.f_code.co_filename
    x, y, batch_size = (_argument(call, name) for name in _POSITIONAL)
    return UserCall(
        call_span=_span(call, file, lines),
        x_span=None if x is None else _span(x, file, lines),
        y_span=None if y is None else _span(y, file, lines),
        batch_span=None if batch_size is None else _span(batch_size, file, lines),
        x_text=None if x is None else ast.get_source_segment(text, x),
        y_text=None if y is None else ast.get_source_segment(text, y),
    )


def _call_at(text: str, position: tuple[int | None, int | None, int | None, int | None]) -> ast.Call | None:
    return _calls(text).get(position)


@functools.lru_cache(maxsize=16)
def _calls(text: str) -> dict[tuple[int | None, int | None, int | None, int | None], ast.Call]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return {}
    return {
        (node.lineno, node.end_lineno, node.col_offset, node.end_col_offset): node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    }


def _argument(call: ast.Call, name: str) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    before = call.args[: _POSITIONAL.index(name) + 1]
    if len(before) <= _POSITIONAL.index(name) or any(isinstance(node, ast.Starred) for node in before):
        return None
    return before[-1]


def _span(node: ast.expr, file: str, lines: list[str]) -> Span:
    def characters(line: int, column: int) -> int:
        return len(lines[line - 1].encode()[:column].decode(errors="replace"))

    end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
    return Span(file, node.lineno, characters(node.lineno, node.col_offset), end_line, characters(end_line, end_column))
