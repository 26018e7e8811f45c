"""Calls a function in the moment in which a program has imported Keras."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from shapeguard.keras_compat.import_hook import KerasFinder

if TYPE_CHECKING:
    from collections.abc import Callable


def when_keras_is_imported(start: Callable[[], None]) -> None:
    """Calls `start` now if Keras is here already, else right after it has been imported, in the importing thread."""
    if "keras" in sys.modules:
        start()
    else:
        sys.meta_path.insert(0, KerasFinder(start))
