"""Where the user wrote the mapping that a guard was given."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.source import frames, trees
from shapeguard.source.constants import Scope, assigned_once

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shapeguard.records.source import Span


def mapping_places(keys: Iterable[str]) -> dict[str, Span]:
    """The place of each key's shape in the call that the user is making now; the whole call where no literal has it."""
    frame = frames.user_frame()
    source = None if frame is None else trees.source_for(frame.f_code)
    call = None if frame is None or source is None else trees.call_at(source, frame.f_code, frame.f_lasti)
    if source is None or call is None:
        return {}
    values: dict[object, ast.expr] = {}
    for node in (*_named_in(source, call), *ast.walk(call)):
        if isinstance(node, ast.Dict):
            values.update(
                (key.value, value)
                for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant)
            )
    return {key: source.span(values.get(key, call)) for key in keys}


def _named_in(source: trees.Source, call: ast.Call) -> list[ast.expr]:
    """What the variables among the arguments of a call are, where they are assigned once."""
    names = {node.id for node in (*call.args, *(word.value for word in call.keywords)) if isinstance(node, ast.Name)}
    scopes = [node for node in trees.ancestors(source, call) if isinstance(node, Scope)] if names else []
    assigned = [assigned_once(scope) for scope in scopes]
    found = (next((values[name] for values in assigned if name in values), None) for name in sorted(names))
    return [value for value in found if value is not None]
