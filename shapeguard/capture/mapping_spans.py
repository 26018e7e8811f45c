"""Where the user wrote the mapping that a guard was given."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.source import frames, trees

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shapeguard.records.source import Span


def mapping_places(keys: Iterable[str]) -> dict[str, Span]:
    """The place of each key's shape in the call that the user is making now; the whole call where it is no literal."""
    frame = frames.user_frame()
    source = None if frame is None else trees.source_for(frame.f_code)
    call = None if frame is None or source is None else trees.call_at(source, frame.f_code, frame.f_lasti)
    if source is None or call is None:
        return {}
    values: dict[object, ast.expr] = {}
    for node in ast.walk(call):
        if isinstance(node, ast.Dict):
            values.update(
                (key.value, value)
                for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant)
            )
    return {key: source.span(values.get(key, call)) for key in keys}
