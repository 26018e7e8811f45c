"""The user's own `fit` call in the source: the spans and texts of its arguments, found without running anything."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.source import frames, reading, trees
from shapeguard.source.trees import last_name

if TYPE_CHECKING:
    from types import FrameType

    from shapeguard.records.source import Span

_POSITIONALS = {
    "fit": ("x", "y", "batch_size", "epochs", "verbose", "callbacks", "validation_split", "validation_data"),
    "evaluate": ("x", "y", "batch_size", "verbose", "sample_weight"),
    "predict": ("x", "batch_size"),
    "train_on_batch": ("x", "y", "sample_weight", "class_weight"),
    "test_on_batch": ("x", "y", "sample_weight"),
    "predict_on_batch": ("x",),
    "compile": ("optimizer", "loss", "loss_weights", "metrics"),
}
"""The positional parameters of a model's methods (trainers/trainer.py, 3.0 to 3.15), as far as any is asked for."""


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
    nodes = (argument_of(call, name) for name in ("x", "y", "batch_size"))
    x, y, batch_size = (None if node is None else source.span(node) for node in nodes)
    return UserCall(
        call_span=source.span(call),
        x_span=x,
        y_span=y,
        batch_span=batch_size,
        x_text=None if x is None else source.text(x),
        y_text=None if y is None else source.text(y),
    )


def method_of(call: ast.Call) -> str | None:
    """The method of a model that a call is of; `None` where it is none by its name."""
    name = last_name(call.func)
    return name if name in _POSITIONALS else None


def argument_of(call: ast.Call, name: str) -> ast.expr | None:
    """The expression that a call of a model's method passes for a parameter; `None` where it is not written."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    names = _POSITIONALS.get(method_of(call) or "fit", ())
    before = call.args[: names.index(name) + 1] if name in names else []
    if not before or len(before) <= names.index(name) or any(isinstance(node, ast.Starred) for node in before):
        return None
    return before[-1]
