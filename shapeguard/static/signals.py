"""How statements are left before their end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Return:
    """A function ends with this value."""

    value: Any


BREAK, CONTINUE, RAISE = object(), object(), object()
Signal = Any  # None: the next statement follows
