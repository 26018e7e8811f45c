"""Sees the shapes that each forward call really has: replayed before the first step, and in the steps themselves.

`feed` reads what `fit` was given, `replay` runs the forward pass symbolically, `steps` watches the real one through
`tap` and `record`, `literals` asserts sizes that no trace knows, `entrances` minds what raises before any callback.

Importing the package imports no Keras; its modules do.
"""

from __future__ import annotations

import importlib


def install() -> None:
    """Puts the doors of training in place, dormant, once Keras has been imported."""
    importlib.import_module("shapeguard.keras_compat.training_calls").put_in_place()
