"""Values of constructor arguments: what they are in a config, wrapped layers included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapeguard.layers import Change


def value_of(config: Mapping[str, Any], change: Change, name: str) -> object:
    """What the argument is now, inside wrapped layers too."""
    inner: Any = config
    for key in change.inner:
        inner = inner[int(key)] if isinstance(inner, list | tuple) else inner.get(key)
        if isinstance(inner, dict) and "config" in inner:
            inner = inner["config"]
    return inner.get(name) if isinstance(inner, dict) else None
