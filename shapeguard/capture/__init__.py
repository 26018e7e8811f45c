"""Records constructor calls, the places of their arguments, and the shapes the user wrote down.

Importing the package imports no Keras; its modules but `shaped` and `comments` do.
"""

from __future__ import annotations

import importlib


def install() -> None:
    """Starts to record constructor calls, once Keras has been imported."""
    importlib.import_module("shapeguard.capture.constructions")  # installs itself, last of all: it may be half imported
