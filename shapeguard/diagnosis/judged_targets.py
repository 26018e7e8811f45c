"""Keras judges targets: its own losses and metrics are called with the shapes that outputs have after a repair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from shapeguard.keras_compat import compiled_metrics, loss_calls
from shapeguard.keras_compat.loss_calls import Outcome

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from shapeguard.diagnosis.problem import Problem
    from shapeguard.records.network import Feed, Network

WRONG = frozenset({Outcome.REFUSED, Outcome.BROADCASTS})


@dataclass(frozen=True, slots=True)
class _Asked:
    """What Keras does with one target beside an output: by its loss, or by a metric."""

    slot: int
    by: str
    is_keras: bool
    outcome: Outcome

    @property
    def reservation(self) -> str:
        """Why a repair that leads to this is not verified; "" if it may be."""
        match self.outcome:
            case Outcome.FITS:
                return ""
            case Outcome.REFUSED:
                return f"{self.by} does not take the targets"
            case Outcome.BROADCASTS:
                return f"{self.by} compares values that do not belong to each other"
            case Outcome.WARNED:
                return f"Keras warns of {self.by}"
            case Outcome.UNKNOWN:
                return f"a size that {self.by} needs is not known" if self.is_keras else f"{self.by} is your own"
            case _:
                assert_never(self.outcome)


def is_worse(problem: Problem, rerun: Network, ignored: Collection[int | None]) -> bool:
    """Whether Keras refuses an output of the rerun network, or compares it with what it does not belong to, newly.

    Outputs of `ignored` are a fault of their own.
    """
    feed = problem.feed
    if feed is None:
        return False
    wrong = {each.slot for each in _asked(feed, rerun) if each.outcome in WRONG}
    before = {each.slot for each in _asked(feed, problem.network) if each.outcome in WRONG}
    return bool(wrong - before - set(ignored))


def reservation_of_targets(problem: Problem, rerun: Network) -> str:
    """What keeps a repair from being verified because of losses and metrics; "" if nothing does."""
    asked = () if problem.feed is None else _asked(problem.feed, rerun)
    return next(filter(None, (each.reservation for each in asked)), "")


def _asked(feed: Feed, network: Network) -> Iterator[_Asked]:
    """What Keras does with each target beside the outputs of a network."""
    for slot, (value, targets) in enumerate(zip(network.outputs, feed.targets, strict=False)):
        shape = network.values[value].shape
        if targets is None or not shape:
            continue
        loss, values = feed.loss[slot], feed.values[slot] if feed.values else None
        given = targets, "" if values is None else values.dtype, shape[1:]
        if loss is not None:
            yield _Asked(slot, f"the loss '{loss.name}'", loss.is_keras, loss_calls.outcome(loss, *given))
        for metric in feed.metrics[slot] if feed.metrics else ():
            asked = compiled_metrics.outcome(metric, *given)
            yield _Asked(slot, f"the metric '{metric.name}'", metric.is_keras, asked)
