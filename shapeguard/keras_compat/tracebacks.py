"""Keras' filter of tracebacks: frames that it drops, methods below it, exceptions that it passes on as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from keras.src.utils import traceback_utils  # 3.0 to 3.15, utils/traceback_utils.py

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

Error = TypeVar("Error", bound=type[BaseException])


def passing_unchanged(error: Error) -> Error:
    """The class of exceptions, marked so that Keras does not put a message of its own around them."""
    error._keras_call_info_injected = True  # type: ignore[attr-defined]  # noqa: SLF001  3.0 to 3.15
    return error


def without_filter(method: Callable[..., Any]) -> Callable[..., Any]:
    """The method below Keras' traceback filter; the method itself where that is not what wraps it."""
    code = getattr(method, "__code__", None)
    is_filter = code is not None and code.co_filename == traceback_utils.__file__  # 3.0 to 3.15
    below: Any = getattr(method, "__wrapped__", None)
    if not is_filter or below is None:
        return method
    return cast("Callable[..., Any]", below)


def filtered(method: Callable[..., Any]) -> Callable[..., Any]:
    """The method below Keras' traceback filter, which drops Keras' frames from what the user sees."""
    # 3.0 to 3.15, utils/traceback_utils.py
    return cast("Callable[..., Any]", traceback_utils.filter_traceback(method))


def filtered_frames(traceback: TracebackType | None) -> TracebackType | None:
    """The traceback without the frames of Keras, where its filter is on."""
    if not traceback_utils.is_traceback_filtering_enabled():
        return traceback
    # 3.0 to 3.15, utils/traceback_utils.py
    kept: TracebackType | None = traceback_utils._process_traceback_frames(traceback)  # noqa: SLF001
    return kept


def exclude_from_tracebacks(folder: str) -> None:
    """Makes Keras' traceback filter drop the frames of files under `folder` as well."""
    if folder not in traceback_utils._EXCLUDED_PATHS:  # noqa: SLF001  3.0 to 3.15, utils/traceback_utils.py
        traceback_utils._EXCLUDED_PATHS = (*traceback_utils._EXCLUDED_PATHS, folder)  # noqa: SLF001


def is_filtering() -> bool:
    """Whether Keras drops its own frames from tracebacks."""
    return bool(traceback_utils.is_traceback_filtering_enabled())
