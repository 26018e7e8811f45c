"""Values of constructor arguments: what they are in a config, wrapped layers included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapeguard.layers import Change


def value_of(config: Mapping[str, Any], change: Change, name: str) -> object:
    """What the argument is now, inside wrapped layers too."""
    return config_inside(config, change.inner).get(name)


def config_inside(config: Mapping[str, Any], inner: tuple[str, ...]) -> Mapping[str, Any]:
    """The config of a wrapped layer; empty if there is none."""
    found: Any = config
    for key in inner:
        found = found[int(key)] if isinstance(found, list | tuple) else found.get(key)
        if isinstance(found, dict) and "config" in found:
            found = found["config"]
    return found if isinstance(found, dict) or found is config else {}
