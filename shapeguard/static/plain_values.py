"""Values as Python has them, and what its own functions make of known ones."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from shapeguard.static.values import (
    ANY,
    ListValue,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapeguard.static.given import Given

PLAIN = (bool, int, float, str, bytes, type(None))


def plain_value(value: Any) -> Any:
    """A value as Python has it; `ANY` where it, or a part of it, is not known."""
    if isinstance(value, tuple):
        items = tuple(map(plain_value, value))
        return ANY if any(item is ANY for item in items) else items
    if isinstance(value, ListValue):
        items = plain_value(value.items)
        return ANY if items is ANY else list(items)
    return value if isinstance(value, (*PLAIN, range)) else ANY


def from_python(value: Any) -> Any:
    """What Python made, as a value of the interpreter."""
    if isinstance(value, list):
        return ListValue.of(tuple(map(from_python, value)))
    return tuple(map(from_python, value)) if isinstance(value, tuple) else value


def python_value(function: Callable[..., Any], given: Given) -> Any:
    """What a function of Python makes of known values."""
    args = [plain_value(value) for value in given.args]
    keywords = {name: plain_value(value) for name, value in given.keywords.items()}
    if given.is_open or any(value is ANY for value in (*args, *keywords.values())):
        return ANY
    try:
        return from_python(function(*args, **keywords))
    except Exception:  # noqa: BLE001  Python would raise it when the program runs
        return ANY


MATH = frozenset({"ceil", "floor", "sqrt", "log2", "log", "log10", "prod", "gcd", "exp", "trunc", "isqrt"})


def math_call(name: str, given: Given) -> Any:
    """What a function of `math` gives."""
    return python_value(getattr(math, name), given) if name in MATH else ANY
