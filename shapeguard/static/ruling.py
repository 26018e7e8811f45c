"""Asks the rules of layers and operations, made for arguments that Keras has checked, about unchecked ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from shapeguard.static.sizes import UnknownRead
from shapeguard.strict import is_strict

if TYPE_CHECKING:
    from collections.abc import Callable

_Answer = TypeVar("_Answer")

OF_ANOTHER_KIND = (TypeError, ValueError, ZeroDivisionError)
"""What arithmetic raises where Keras would have refused an argument: `Conv2D("32", 3)`, a step of 0."""


def answer_of(ask: Callable[[], _Answer]) -> _Answer | None:
    """What a rule answers; `None` if an argument is not known, or of a kind that the layer does not take.

    Whatever else a rule raises is a fault of our own: strict mode lets it through.
    """
    try:
        return ask()
    except (UnknownRead, *OF_ANOTHER_KIND):
        return None
    except Exception:
        if is_strict():
            raise
        return None
