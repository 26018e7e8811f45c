"""What may be changed about targets and losses: a closed union of repairs, each with its patch of the feed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never

if TYPE_CHECKING:
    from shapeguard.records.network import Feed, Shape
    from shapeguard.records.targets import CompiledLoss, TargetValues


@dataclass(frozen=True, slots=True)
class ChangeLoss:
    """Another loss for an output.

    `are` completes "the targets ..."; `noun` is what they are in a word, "" if only their shape is known; `needed` is
    what the present loss takes. `doubt` is why another one may not help. `is_certain`: whatever the network gave, the
    present loss would be wrong.
    """

    slot: int
    loss: CompiledLoss
    are: str
    noun: str
    needed: str
    cost: float
    doubt: str = ""
    is_certain: bool = False


@dataclass(frozen=True, slots=True)
class ConvertTargets:
    """Targets of another shape, converted by `code` on `{x}`; of `values` if that is known.

    It `regroups` where it keeps the elements alone and none of their axes. `classes` is how many columns rows of
    fewer are given: all of them if the call that made the rows says so. `first` is the least label of rows that have
    columns for all numbers below as well.
    """

    slot: int
    code: str
    targets: Shape
    title: str
    cost: float
    values: TargetValues
    regroups: bool = False
    classes: int | None = None
    first: int = 0


TargetRepair = ChangeLoss | ConvertTargets
"""Every repair of what outputs are compared with: `match` it with `assert_never`."""


def repaired(feed: Feed, repair: TargetRepair) -> Feed:
    """What the step is given with a repair."""
    slot = repair.slot
    match repair:
        case ChangeLoss(loss=loss):
            return replace(feed, loss=(*feed.loss[:slot], loss, *feed.loss[slot + 1 :]))
        case ConvertTargets(targets=targets, values=values):
            seen = feed.values or (None,) * len(feed.targets)
            return replace(
                feed,
                targets=(*feed.targets[:slot], targets, *feed.targets[slot + 1 :]),
                values=(*seen[:slot], values, *seen[slot + 1 :]),
            )
        case _:
            assert_never(repair)


def reordered_targets(feed: Feed, order: tuple[int, ...]) -> Feed:
    """What the step is given where the targets of each output are those that another has now."""
    seen = feed.values or (None,) * len(feed.targets)
    return replace(
        feed,
        targets=tuple(feed.targets[index] for index in order),
        values=tuple(seen[index] for index in order),
    )
