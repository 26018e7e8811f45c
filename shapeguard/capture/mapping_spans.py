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
    given = [node for node in (*call.args, *(word.value for word in call.keywords)) if isinstance(node, ast.Name)]
    known = _assigned_around(source, call) if given else {}
    return [known[node.id] for node in given if node.id in known]


def _assigned_around(source: trees.Source, node: ast.AST) -> dict[str, ast.expr]:
    """The values that the scopes around a node assign once, of a name in several the innermost."""
    assigned: dict[str, ast.expr] = {}
    for scope in trees.ancestors(source, node):
        if isinstance(scope, Scope):
            assigned = assigned_once(scope) | assigned
    return assigned
