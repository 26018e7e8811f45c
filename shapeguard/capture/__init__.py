"""Records constructor calls, the places of their arguments, and the shapes the user wrote down.

Importing the package imports no Keras; its modules but `shaped` and `comments` do.
"""

from __future__ import annotations


def install() -> None:
    """Starts to record constructor calls, once Keras has been imported."""
    from shapeguard.capture import constructions  # noqa: PLC0415  Keras is imported by then

    constructions.install()
