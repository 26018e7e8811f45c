"""Which repairs are one and the same blame, named once by the most plausible of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.repairs import is_beside
from shapeguard.source.value_equality import same_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.diagnosis.evaluated import Evaluated
    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.repairs import Repair


def deduplicate(found: Sequence[Evaluated], fault: Fault) -> list[Evaluated]:
    """The most plausible repair of each blame: the same layers and arguments, whatever the value.

    The same suggestion for more or for fewer of the same layers is the same blame too; not of weights, which differ.
    """
    best: dict[object, Evaluated] = {}
    for each in found:
        if fault.weights or not any(_is_nested(each.repair, other.repair) for other in best.values()):
            best.setdefault(each.repair.key, each)
    return list(best.values())


def one_per_place(chosen: Sequence[Evaluated]) -> list[Evaluated]:
    """Without a second layer for a place that is not the first one named."""
    return [c for i, c in enumerate(chosen) if not any(is_beside(c.repair, earlier.repair) for earlier in chosen[1:i])]


def _is_nested(repair: Repair, cheaper: Repair) -> bool:
    if repair.kind != cheaper.kind or repair.argument != cheaper.argument or not repair.nodes:
        return False
    own, other = set(repair.nodes), set(cheaper.nodes)
    return own != other and (own < other or own > other) and same_value(repair.suggestion, cheaper.suggestion)
