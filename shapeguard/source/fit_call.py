"""The user's own `fit` call in the source: the spans and texts of its arguments, found without running anything."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.source import frames, reading, trees

if TYPE_CHECKING:
    from types import FrameType

    from shapeguard.records.source import Span

_POSITIONAL = ("x", "y", "batch_size")


@dataclass(frozen=True, slots=True)
class UserCall:
    """Where the user's program called `fit` or its like, and what it passed for `x`, `y` and `batch_size`."""

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
    reading.note_frame(frame)
    source = trees.source_for(frame.f_code)
    call = None if source is None else trees.call_at(source, frame.f_code, frame.f_lasti)
    if source is None or call is None:
        return UserCall()
    nodes = (_argument(call, name) for name in _POSITIONAL)
    x, y, batch_size = (None if node is None else source.span(node) for node in nodes)
    return UserCall(
        call_span=source.span(call),
        x_span=x,
        y_span=y,
        batch_span=batch_size,
        x_text=None if x is None else source.text(x),
        y_text=None if y is None else source.text(y),
    )


def _argument(call: ast.Call, name: str) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    before = call.args[: _POSITIONAL.index(name) + 1]
    if len(before) <= _POSITIONAL.index(name) or any(isinstance(node, ast.Starred) for node in before):
        return None
    return before[-1]
