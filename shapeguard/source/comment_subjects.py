"""Whether a comment is about a layer, by what it calls it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shapeguard.records.expectations import CommentShape
    from shapeguard.source.statements import Declaration

    Names = tuple[str, str]  # the layer's own and that of its class


def comment_of(declaration: Declaration, names: Names) -> CommentShape | None:
    """The comment as it is beside this layer: without a subject that is the layer or one of its outputs."""
    shape = declaration.comment
    if shape is None:
        return None
    shape = replace(shape, ahead=declaration.above)
    if shape.subject is not None and shape.subject in declaration.outputs:
        return replace(shape, subject=None, output=declaration.outputs[shape.subject])
    is_layer = shape.subject in names or _is_kind(shape.subject, names)
    return replace(shape, subject=None) if is_layer else shape


def is_about(declaration: Declaration, shape: CommentShape, names: Names) -> bool:
    """Whether a comment on a line above says that it is about this layer."""
    if not declaration.above or shape.subject in names:
        return True
    if declaration.heads:
        return False
    return shape.points or shape.subject in declaration.outputs or _is_kind(shape.subject, names)


def _is_kind(subject: str | None, names: Names) -> bool:
    """Whether the name is one that people give to layers of this class: `conv1` to a Conv2D."""
    stem = re.sub(r"[\d_]+$", "", subject or "").lower()
    return len(stem) > 2 and any(stem in name.lower() for name in names)
