"""Expected shapes of Keras layers: recorded, asserted in `fit`, and explained down to the constructor argument.

Importing this package imports neither Keras nor a backend. When Keras is imported, before or after, the constructor
calls of layers are recorded from then on, and `fit` gets the door behind which a guard explains what Keras raises.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from shapeguard.errors import ExpectationError, SpecError
from shapeguard.keras_compat.import_hook import missing_backend, on_keras_import
from shapeguard.report import ShapeMismatchError
from shapeguard.version import __version__ as __version__

if TYPE_CHECKING:
    from typing import Annotated as Shaped

    from shapeguard.capture.shaped import Shape
    from shapeguard.guard.guard import ShapeGuard, check, expect, explain
    from shapeguard.linting.api import lint
    from shapeguard.report import Report
    from shapeguard.spec import parse

__all__ = [
    "ExpectationError",
    "Report",
    "Shape",
    "ShapeGuard",
    "ShapeMismatchError",
    "Shaped",
    "SpecError",
    "check",
    "expect",
    "explain",
    "lint",
    "parse",
]

_HOMES = {
    "Report": "shapeguard.report",
    "Shape": "shapeguard.capture.shaped",
    "ShapeGuard": "shapeguard.guard.guard",
    "Shaped": "shapeguard.capture.shaped",
    "check": "shapeguard.guard.guard",
    "expect": "shapeguard.guard.guard",
    "explain": "shapeguard.guard.guard",
    "lint": "shapeguard.linting.api",
    "parse": "shapeguard.spec",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'shapeguard' has no attribute {name!r}")
    try:
        home = importlib.import_module(_HOMES[name])
    except (ImportError, ValueError) as error:
        sentence = missing_backend(error)
        if sentence is None:
            raise
        raise ImportError(sentence, name=getattr(error, "name", None)) from error
    value: object = getattr(home, name)
    globals()[name] = value
    return value


def load_ipython_extension(shell: object) -> None:
    """Puts a guard around each cell of a notebook: what `%load_ext shapeguard` calls."""
    importlib.import_module("shapeguard.guard.notebook").load(shell)


def unload_ipython_extension(shell: object) -> None:
    """Ends that: what `%unload_ext shapeguard` calls."""
    importlib.import_module("shapeguard.guard.notebook").unload(shell)


def __dir__() -> list[str]:
    return sorted({*__all__, "__version__"})


on_keras_import("shapeguard.capture", "shapeguard.trace")
