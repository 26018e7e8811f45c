"""Whether a value counts as true."""

from __future__ import annotations

from typing import Any

from shapeguard.static.values import (
    ANY,
    Builtin,
    Class,
    DictValue,
    Function,
    Instance,
    Layer,
    ListValue,
    Method,
    Model,
    Undecided,
)


def truth_of(value: Any) -> bool | None:
    """Whether a value counts as true; `None` where that is not known."""
    if isinstance(value, Undecided):
        return None
    match value:
        case ListValue():
            return None if value.items is ANY else bool(value.items)
        case DictValue():
            return True if value.entries else None if value.is_open else False
        case Function() | Class() | Layer() | Model() | Method() | Builtin():
            return True
        case Instance():
            return None if value.of.lookup("__bool__") or value.of.lookup("__len__") else True
    try:
        return bool(value)
    except (TypeError, ValueError):
        return None
