"""Which candidates are one and the same blame, told once by the most plausible of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.repairs import same
from shapeguard.diagnosis.scoring import weights

if TYPE_CHECKING:
    from shapeguard.diagnosis.repairs import Repair


def deduplicate(found: list[Repair]) -> list[Repair]:
    """The cheapest candidate of each blame: the same layers and arguments, whatever the value.

    The same suggestion for more or for fewer of the same layers is the same blame too.
    """
    best: dict[object, Repair] = {}
    for candidate in found:
        if not any(_is_nested(candidate, other) for other in best.values()):
            best.setdefault(candidate.key, candidate)
    return list(best.values())


def one_per_place(chosen: list[Repair]) -> list[Repair]:
    """Without a second layer for a place that is not the first one named."""
    return [c for i, c in enumerate(chosen) if not any(c.is_beside(earlier) for earlier in chosen[1:i])]


def _is_nested(candidate: Repair, cheaper: Repair) -> bool:
    if candidate.kind != cheaper.kind or candidate.argument != cheaper.argument or not candidate.nodes:
        return False
    own, other = set(candidate.nodes), set(cheaper.nodes)
    return own != other and (own < other or own > other) and same(candidate.suggestion, cheaper.suggestion)


def also(candidate: Repair, found: list[Repair]) -> tuple[object, ...]:
    """Other values for the same blame, of those that are hardly less plausible."""
    near = [
        c.suggestion for c in found if c.key == candidate.key and c.cost <= candidate.cost + weights.ALTERNATIVES_WITHIN
    ]
    others = [suggestion for suggestion in near if not same(suggestion, candidate.suggestion)]
    return tuple({repr(value): value for value in others}.values())[:3]
