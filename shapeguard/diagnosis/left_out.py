"""Layers of which something is expected and that the network does not have."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shapeguard.records.expectations import Expectation, Target
    from shapeguard.records.network import Network


@dataclass(frozen=True, slots=True)
class MissingLayer:
    """What is expected of a layer that is not there; `before` is the call of the one listed next, if that is known."""

    expectation: Expectation
    before: int | None = None


def find_missing(
    network: Network, listed: Iterable[Expectation], targets: Iterable[Target], missing: Iterable[Expectation]
) -> tuple[MissingLayer, ...]:
    """The expectations whose layer was left out.

    Of a pass that ended early these are only those that are listed before a layer that it reached, in a list that is in
    the order of the calls: the others may still have come.
    """
    order = [expectation.target for expectation in listed]
    reached = _reached(order, targets)
    is_ordered = all(earlier <= later for (_, earlier), (_, later) in pairwise(reached))
    found = []
    for expectation in missing:
        place = order.index(expectation.target) if is_ordered and expectation.target in order else len(order)
        before = next((call for reached_place, call in reached if reached_place > place), None)
        if network.complete or before is not None:
            found.append(MissingLayer(expectation, before))
    return tuple(found)


def _reached(order: list[str], targets: Iterable[Target]) -> list[tuple[int, int]]:
    """(place in the list, first call) of each listed layer that the pass reached."""
    calls: dict[str, int] = {}
    for target in targets:
        if target.call is not None:
            calls.setdefault(target.expectation.target, target.call)
    return [(place, calls[name]) for place, name in enumerate(order) if name in calls]
