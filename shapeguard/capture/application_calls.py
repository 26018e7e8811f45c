"""`keras.applications`: the user's call of `ResNet50(...)` is the construction of the model that it returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapeguard.capture.argument_binding import snapshot
from shapeguard.keras_compat import keras_layers

if TYPE_CHECKING:
    from types import CodeType, FrameType

    from shapeguard.source import frames


def is_application(code: CodeType) -> bool:
    """Whether this is code of a function in `keras.applications`."""
    return "/keras/src/applications/" in code.co_filename.replace("\\", "/")


def written_locals(
    instance: Any, site: frames.CallSite, frame: FrameType | None
) -> tuple[CodeType, dict[str, Any]] | None:
    """The application function that the user entered and its parameters' values; `None` for the layers inside it."""
    if not isinstance(instance, keras_layers.Functional) or site.entered is None:
        return None
    while frame is not None and frame.f_code is not site.entered:
        frame = frame.f_back
    if frame is None:
        return None
    code = frame.f_code
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    values = frame.f_locals
    return code, {name: snapshot(values[name]) for name in names if name in values}
