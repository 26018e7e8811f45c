"""Where models were compiled: `compile` is wrapped once, and notes the user's call of it."""

from __future__ import annotations

import functools
import weakref
from typing import TYPE_CHECKING, Any

from shapeguard.keras_compat import keras_trainers, tracebacks
from shapeguard.source import frames, trees

if TYPE_CHECKING:
    from shapeguard.records.source import Span

METHOD = "compile"
_patched: set[type] = set()
_sites: weakref.WeakKeyDictionary[Any, frames.CallSite] = weakref.WeakKeyDictionary()


def put_in_place() -> None:
    """Wraps `compile`, once."""
    owner = keras_trainers.class_of_methods(METHOD)
    if owner is None or owner in _patched:
        return
    _patched.add(owner)
    original = vars(owner)[METHOD]
    inner = tracebacks.without_filter(original)

    @functools.wraps(inner)
    def compiling(self: Any, *args: Any, **kwargs: Any) -> Any:
        _sites[self] = frames.current()
        return inner(self, *args, **kwargs)

    setattr(owner, METHOD, tracebacks.filtered(compiling) if inner is not original else compiling)


def place_of_compile(model: Any) -> Span | None:
    """The user's latest call of `compile` for a model.

    `None` where its source is not at hand, where Keras made it (a saved model), or a method `compile` of the user's.
    """
    site = _sites.get(model)
    if site is None or not site.direct or not site.frames:
        return None
    code, instruction = site.frames[0]
    source = None if code.co_name == METHOD or frames.is_library(code.co_filename) else trees.source_for(code)
    call = None if source is None else trees.call_at(source, code, instruction)
    return None if source is None or call is None else source.span(call)
