"""The table of all numbers that decide which cause is named first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.scoring import costs, weights
from shapeguard.diagnosis.scoring.weights import Weight

if TYPE_CHECKING:
    from types import ModuleType


def weights_of(module: ModuleType) -> dict[str, Weight]:
    """The weights of a module by the names by which the code reads them; those of its tables with their keys."""
    found: dict[str, Weight] = {}
    for name, value in vars(module).items():
        if isinstance(value, Weight):
            found[name] = value
        elif isinstance(value, dict) and name.isupper():
            found.update({f"{name}[{key}]": weight for key, weight in value.items()})
    return found


TABLE = weights_of(weights) | weights_of(costs)
