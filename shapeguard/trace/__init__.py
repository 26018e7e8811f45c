"""Sees the shapes that each forward call really has: replayed before the first step, and in the steps themselves.

`feed` reads what `fit` was given, `replay` runs the forward pass symbolically, `steps` watches the real one through
`step_recorder` and `recorder`, `size_assertions` asserts sizes that no trace knows.

Importing the package imports no Keras; its modules do.
"""

from __future__ import annotations

import importlib


def install() -> None:
    """Wraps the training methods, dormant, once Keras has been imported."""
    importlib.import_module("shapeguard.keras_compat.training_calls").put_in_place()
