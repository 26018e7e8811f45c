"""Another shape of an input, as an edit of the source: in `Input(...)`, or in the layer that declares it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from shapeguard.records.findings import Edit
from shapeguard.static.models import INPUT_KEYWORDS

if TYPE_CHECKING:
    from shapeguard.records.network import Call
    from shapeguard.records.source import Span


def edit_of_input(call: Call, declared: Any, shape: Any) -> Edit:
    """The edit that gives an input another shape, both without the batch."""
    made = call.operation.made
    node, names = made.node, (call.layer,)
    keywords = {keyword.arg: keyword.value for keyword in getattr(node, "keywords", ())}
    name = next((each for each in ("shape", *INPUT_KEYWORDS) if each in keywords), "shape")
    place = keywords.get(name) or next(iter(getattr(node, "args", ())), None)
    value = _written(call, name, shape, has_batch=isinstance(place, ast.Tuple | ast.List))
    span: Span | None = None if place is None else made.module.span(place)
    return Edit(
        call.layer,
        name,
        declared,
        value,
        call.layer_type,
        names,
        names,
        position=0 if name not in keywords and place is not None else None,
        explicit=True,
        span=span,
        replaces=span,
        replacement=None if span is None else repr(value),
    )


def _written(call: Call, name: str, shape: Any, *, has_batch: bool) -> Any:
    """The shape as the argument of this name has it."""
    if name.startswith("batch") and has_batch:
        return (call.operation.arguments["batch_shape"][0], *shape)
    return shape[0] if name == "input_dim" and len(shape) == 1 else shape
