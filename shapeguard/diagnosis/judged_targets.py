"""Keras judges targets: its own losses are called with the shapes that outputs have after a repair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.evaluated import Verdict
from shapeguard.keras_compat.loss_calls import Outcome, outcome

if TYPE_CHECKING:
    from collections.abc import Collection

    from shapeguard.diagnosis.problem import Problem
    from shapeguard.records.network import Feed, Network

WRONG = frozenset({Outcome.REFUSED, Outcome.BROADCASTS})


def with_targets(verdict: Verdict, problem: Problem, rerun: Network, ignored: Collection[int | None]) -> Verdict:
    """The verdict, if the losses take the targets beside the outputs of the rerun network.

    Refused, if Keras then refuses an output, or compares values that do not belong to each other, as it did not before;
    outputs of `ignored` are a fault of their own. Unknown, if that cannot be told, as of a loss of the user's own.
    """
    feed = problem.feed
    if feed is None or verdict is not Verdict.BUILDS:
        return verdict
    slots = range(min(len(feed.targets), len(rerun.outputs)))
    after = {slot: _outcome(feed, rerun, slot) for slot in slots}
    worse = [slot for slot, each in after.items() if each in WRONG and slot not in ignored]
    if any(_outcome(feed, problem.network, slot) not in WRONG for slot in worse):
        return Verdict.REFUSED
    return verdict if all(each is Outcome.FITS for each in after.values()) else Verdict.UNKNOWN


def _outcome(feed: Feed, network: Network, slot: int) -> Outcome:
    """What Keras does with the targets beside one output of a network; it fits where nothing is compared."""
    targets, loss = feed.targets[slot], feed.loss[slot]
    if targets is None or loss is None:
        return Outcome.FITS
    values = feed.values[slot] if feed.values else None
    shape = network.values[network.outputs[slot]].shape if slot < len(network.outputs) else ()
    return outcome(loss, targets, "" if values is None else values.dtype, shape[1:]) if shape else Outcome.UNKNOWN
