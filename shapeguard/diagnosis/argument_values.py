"""Values of constructor arguments: what they are in a config, wrapped layers included, and when two mean the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapeguard.layers import Change

ATOMS = frozenset({int, str, bool, float, type(None)})


def value_of(config: Mapping[str, Any], change: Change, name: str) -> object:
    """What the argument is now, inside wrapped layers too."""
    inner: Any = config
    for key in change.inner:
        inner = inner[int(key)] if isinstance(inner, list | tuple) else inner.get(key)
        if isinstance(inner, dict) and "config" in inner:
            inner = inner["config"]
    return inner.get(name) if isinstance(inner, dict) else None


def same(a: object, b: object) -> bool:
    """Whether two argument values mean the same: 2 is (2, 2) is [2, 2]."""
    if type(a) in ATOMS and type(b) in ATOMS:
        return a == b
    return _plain(a) == _plain(b)


def _plain(value: object) -> object:
    if isinstance(value, list | tuple):
        flat = tuple(v if type(v) in ATOMS else _plain(v) for v in value)
        return flat[0] if flat and flat.count(flat[0]) == len(flat) and not isinstance(flat[0], tuple) else flat
    return value
