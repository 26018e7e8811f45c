"""When two values of an argument mean the same to Keras."""

from __future__ import annotations

from typing import Any

_ATOMS = frozenset({int, str, bool, float, type(None)})
_COMPARED = (int, float, str, bool, tuple, list, type(None))


def same_value(a: object, b: object) -> bool:
    """Whether two argument values mean the same: 2 is (2, 2) is [2, 2]."""
    if type(a) in _ATOMS and type(b) in _ATOMS:
        return a == b
    return _shortest(a) == _shortest(b)


def _shortest(value: object) -> object:
    """The value with one size in place of equal ones."""
    if isinstance(value, list | tuple):
        flat = tuple(v if type(v) in _ATOMS else _shortest(v) for v in value)
        return flat[0] if flat and flat.count(flat[0]) == len(flat) and not isinstance(flat[0], tuple) else flat
    return value


def is_configured(value: Any, configured: Any) -> bool:
    """Whether a written value gives this entry of a config; what the config stores as an object is not compared."""
    if isinstance(configured, dict) or not isinstance(configured, _COMPARED):
        return True
    if isinstance(configured, tuple | list):
        return _gives_each(value, configured)
    if isinstance(value, str) and isinstance(configured, str):
        return value.lower() == configured.lower()
    return bool(value == configured) or value is None or (value == "linear" and configured is None)


def _gives_each(value: Any, configured: tuple[Any, ...] | list[Any]) -> bool:
    if isinstance(value, tuple | list):
        return len(value) == len(configured) and all(map(is_configured, value, configured))
    return value is None or (isinstance(value, int) and all(is_configured(value, size) for size in configured))
