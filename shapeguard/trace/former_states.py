"""States that a program asks a recurrent layer for as Keras 2 did: with a tensor, where Keras 3 takes a number."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from shapeguard.keras_compat import keras_layers
from shapeguard.source import trees
from shapeguard.trace.raised_frames import users_frames, value_of
from shapeguard.trace.recorder import shape_of

if TYPE_CHECKING:
    from shapeguard.source.trees import Source

METHOD = "get_initial_state"
"""Keras 3.0 to 3.15, layers/rnn: `get_initial_state(batch_size)`, in Keras 2 `get_initial_state(inputs)`."""


class FormerState(NamedTuple):
    """The call, and what it passes; the name and class of the layer."""

    source: Source
    call: ast.Call
    given: ast.expr
    layer: str
    layer_type: str


def former_state(exception: BaseException) -> FormerState | None:
    """The call of a layer of Keras' own with a tensor that an exception came through; `None` of others."""
    users = users_frames(exception)
    source = trees.source_for(users[-1].code) if users else None
    call = users[-1].node if users else None
    match call:
        case ast.Call(func=ast.Attribute(value=owner, attr=name), args=[given], keywords=[]) if name == METHOD:
            layer, frame = value_of(owner, users[-1].frame), users[-1].frame
        case _:
            return None
    shape = shape_of(value_of(given, frame)) if hasattr(value_of(given, frame), "dtype") else None
    is_layer = isinstance(layer, keras_layers.Layer) and keras_layers.is_builtin(layer)
    if source is None or not shape or not is_layer:
        return None
    return FormerState(source, call, given, layer.name, type(layer).__name__)
