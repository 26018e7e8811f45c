"""The only door to Keras' private names; each use names the version and file where it was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
from keras.src.backend.common.symbolic_scope import in_symbolic_scope  # 3.5.0 to 3.15, backend/common/symbolic_scope.py
from keras.src.models.functional import Functional  # 3.0 to 3.15, models/functional.py
from keras.src.ops.operation import Operation  # 3.0 to 3.15, ops/operation.py
from keras.src.utils import traceback_utils  # 3.0 to 3.15, utils/traceback_utils.py

if TYPE_CHECKING:
    from collections.abc import Callable

Layer = keras.layers.Layer
InputLayer = keras.layers.InputLayer
KerasTensor = keras.KerasTensor

__all__ = [
    "Functional",
    "InputLayer",
    "KerasTensor",
    "Layer",
    "Operation",
    "abstract_call",
    "filtered",
    "functional_of",
    "in_symbolic_scope",
    "is_builtin",
    "without_filter",
]


def is_builtin(operation: Any) -> bool:
    """Whether the object's class comes with Keras, as opposed to the user's or a library's own class."""
    return type(operation).__module__.partition(".")[0] == "keras"


def functional_of(model: Any) -> Any | None:
    """The Functional graph behind a built Functional or Sequential model; `None` where there is none (yet)."""
    if isinstance(model, Functional):
        return model
    if isinstance(model, keras.Sequential):
        return model._functional  # noqa: SLF001  3.0 to 3.15, models/sequential.py
    return None


def abstract_call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What `function` returns for these KerasTensors, as KerasTensors, traced by the backend without any computation."""
    from keras.src import backend  # noqa: PLC0415  3.0 to 3.15, backend/__init__.py: no public name for this

    return backend.compute_output_spec(function, *args, **kwargs)


def without_filter(method: Callable[..., Any]) -> Callable[..., Any]:
    """The method below Keras' traceback filter, where it has one."""
    return getattr(method, "__wrapped__", method)


def filtered(method: Callable[..., Any]) -> Callable[..., Any]:
    """The method below Keras' traceback filter, which drops Keras' frames from what the user sees."""
    return traceback_utils.filter_traceback(method)  # 3.0 to 3.15, utils/traceback_utils.py


def exclude_from_tracebacks(folder: str) -> None:
    """Makes Keras' traceback filter drop the frames of files under `folder` as well."""
    if folder not in traceback_utils._EXCLUDED_PATHS:  # noqa: SLF001  3.0 to 3.15, utils/traceback_utils.py
        traceback_utils._EXCLUDED_PATHS = (*traceback_utils._EXCLUDED_PATHS, folder)  # noqa: SLF001
