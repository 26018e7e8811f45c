"""Expected shapes of Keras layers: recorded, asserted in `fit`, and explained down to the constructor argument.

Importing this package imports neither Keras nor a backend. When Keras is imported, before or after, the constructor
calls of layers are recorded from then on, and `fit` gets the door behind which a guard explains what Keras raises.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from shapeguard.arrival import missing_backend, when_keras_arrives
from shapeguard.errors import ExpectationError, ShapeMismatchError, SpecError

if TYPE_CHECKING:
    from typing import Annotated as Shaped

    from shapeguard.capture.shaped import Shape
    from shapeguard.guard import ShapeGuard, check, expect, explain
    from shapeguard.report import Report
    from shapeguard.spec import parse
    from shapeguard.suspicions import lint

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
__version__ = "0.1.0"

_HOMES = {
    "Report": "shapeguard.report",
    "Shape": "shapeguard.capture.shaped",
    "ShapeGuard": "shapeguard.guard",
    "Shaped": "shapeguard.capture.shaped",
    "check": "shapeguard.guard",
    "expect": "shapeguard.guard",
    "explain": "shapeguard.guard",
    "lint": "shapeguard.suspicions",
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


def __dir__() -> list[str]:
    return sorted({*__all__, "__version__"})


when_keras_arrives("shapeguard.capture", "shapeguard.observe")
