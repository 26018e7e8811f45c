"""The arguments that follow from a literal in the source, in the form in which a config has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapeguard.source.origins import origins_of
from shapeguard.source.rewritten_values import value_rewritten

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapeguard.diagnosis.number_change import ChangeNumber
    from shapeguard.records.source import Construction


def values_with(made: Construction, owners: tuple[Construction, ...], number: ChangeNumber) -> dict[str, Any]:
    """The arguments of a constructor call that are calculated from a literal, as they are once it is changed.

    `owners` made the layers around.
    An argument of which nobody can tell is `UNKNOWN`, which Keras refuses.
    """
    origins = origins_of(made, owners)
    if number.rewrite is not None:
        found = {name: value_rewritten(made, owners, name, each, number.rewrite) for name, each in origins.items()}
        return {name: new[1] for name, new in found.items() if new is not None}
    return {
        name: origin.value_with(number.literal, number.value)
        for name, origin in origins.items()
        if number.literal in origin.literals
    }


def with_values(config: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """A config with arguments as they are written in a call; what it does not have is left out."""
    return {**config, **{name: shaped(config[name], value) for name, value in values.items() if name in config}}


def shaped(now: object, value: object) -> object:
    """A value as it is in a config: one number for each axis where one was written for all."""
    if not isinstance(now, tuple | list) or not now:
        return value
    entries = value if isinstance(value, tuple | list) and len(value) == len(now) else [value] * len(now)
    if isinstance(value, tuple | list) and len(value) != len(now):
        return value
    return type(now)(shaped(own, entry) for own, entry in zip(now, entries, strict=True))
