"""Keywords of a layer that the user passed to the call around its constructor, from the frames of an exception."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

import keras

from shapeguard.keras_compat import keras_layers, messages
from shapeguard.layers.close_names import INPUT_SHAPES, keywords_of
from shapeguard.source import trees
from shapeguard.source.misplaced_keywords import misplaced_in
from shapeguard.trace.crash_sites import split
from shapeguard.trace.raised_frames import levels, value_of

if TYPE_CHECKING:
    from types import FrameType

    from shapeguard.source.misplaced_keywords import Misplaced
    from shapeguard.source.trees import Source


@dataclass(frozen=True, slots=True, eq=False)
class Refused:
    """A call of the user's with keywords of a layer that is constructed in it, and the name of its class."""

    source: Source
    call: ast.Call
    misplaced: Misplaced
    layer_type: str


def refused_keywords(exception: BaseException) -> Refused | None:
    """The user's innermost call, if it was refused for a keyword of the constructor in it; `None` of all others."""
    name = messages.unknown_keyword(str(exception)) if isinstance(exception, TypeError) else ""
    _, last, _ = split(levels(exception)) if name else ([], None, [])
    source = None if last is None else trees.source_for(last.code)
    if last is None or source is None or not isinstance(last.node, ast.Call):
        return None
    misplaced = misplaced_in(last.node)
    cls = None if misplaced is None else _class_of(misplaced.made, last.frame)
    if misplaced is None or cls is None or not _are_of(cls, misplaced, name):
        return None
    return Refused(source, last.node, misplaced, cls.__name__)


def _are_of(cls: type, misplaced: Misplaced, refused: str) -> bool:
    """Whether the class takes all of the keywords, the one that was refused among them."""
    return refused in misplaced.names and {*misplaced.names} <= {*keywords_of(cls), *INPUT_SHAPES}


def _class_of(made: ast.Call, frame: FrameType) -> type | None:
    """The class of layers that a call constructs."""
    called = value_of(made.func, frame) or getattr(keras.layers, trees.last_name(made.func) or "", None)
    return called if isinstance(called, type) and issubclass(called, keras_layers.Layer) else None
