"""Models of Keras 2, which are another class tree and cannot be watched."""

from __future__ import annotations

from typing import Any


def legacy_sentence(model: Any) -> str | None:
    """Why this object cannot be guarded and what to do, where it is a model of Keras 2; else `None`."""
    modules = {cls.__module__.partition(".")[0] for cls in type(model).__mro__}
    if "tf_keras" not in modules:
        return None
    return (
        f"{type(model).__name__} is a model of tf_keras (Keras 2), which ShapeGuard does not check: "
        "build it with `import keras` (Keras 3), without TF_USE_LEGACY_KERAS"
    )
