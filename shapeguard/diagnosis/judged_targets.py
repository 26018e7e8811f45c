"""Keras judges targets: its own losses and metrics are called with the shapes that outputs have after a repair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

import keras

from shapeguard.keras_compat import compiled_metrics, loss_calls
from shapeguard.keras_compat.loss_calls import Outcome

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from shapeguard.diagnosis.problem import Problem
    from shapeguard.records.network import Feed, Network, Shape

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
    feed = feed_of(problem, rerun)
    if feed is None:
        return False
    wrong = {each.slot for each in _asked(feed, rerun, outputs_of(problem, rerun)) if each.outcome in WRONG}
    network = problem.network
    before = {each.slot for each in _asked(feed, network, network.outputs) if each.outcome in WRONG}
    return bool(wrong - before - set(ignored))


def reservation_of_targets(problem: Problem, rerun: Network) -> str:
    """What keeps a repair from being verified because of losses and metrics; "" if nothing does."""
    feed = feed_of(problem, rerun)
    asked = () if feed is None else _asked(feed, rerun, outputs_of(problem, rerun))
    return next(filter(None, (each.reservation for each in asked)), "")


def is_taken(problem: Problem, rerun: Network, slot: int) -> bool:
    """Whether Keras takes what an output is compared with, and compares what belongs together, as far as it tells."""
    feed = feed_of(problem, rerun)
    asked = () if feed is None else _asked(feed, rerun, outputs_of(problem, rerun))
    return not any(each.slot == slot and each.outcome in WRONG for each in asked)


def keeps_samples(problem: Problem, rerun: Network) -> bool:
    """Whether every output of the rerun network has as many samples as come in."""
    batches = _batches(rerun)
    return not any(_has_other_samples(rerun.values[each].shape, batches) for each in outputs_of(problem, rerun))


def feed_of(problem: Problem, rerun: Network) -> Feed | None:
    """The feed beside the outputs of the rerun network: those of a pass that Keras refused are known only there."""
    if problem.network.complete or problem.feed is None or problem.feed_beside is None:
        return problem.feed
    return problem.feed_beside(rerun)


def outputs_of(problem: Problem, rerun: Network) -> tuple[int, ...]:
    """The model's outputs in the rerun network; none if it did not come to its end."""
    if problem.network.complete:
        return rerun.outputs
    call = next((call for call in rerun.calls if call.path == "" and isinstance(call.operation, keras.Model)), None)
    return () if call is None else call.outputs


def _asked(feed: Feed, network: Network, outputs: Sequence[int]) -> Iterator[_Asked]:
    """What Keras does with each target beside the outputs of a network."""
    metrics, batches = feed.metrics(), _batches(network)
    for slot, (value, targets) in enumerate(zip(outputs, feed.targets, strict=False)):
        shape = network.values[value].shape
        if targets is None or not shape:
            continue
        loss, values = feed.loss[slot], feed.values[slot] if feed.values else None
        given = targets, "" if values is None else values.dtype, shape[1:]
        if loss is not None:
            asked = loss_calls.outcome(loss, *given, feed.weights[slot] if feed.weights else None)
            if loss.is_keras and _has_other_samples(shape, batches):
                asked = Outcome.REFUSED
            yield _Asked(slot, f"the loss '{loss.name}'", loss.is_keras, asked)
        for metric in metrics[slot] if metrics else ():
            asked = compiled_metrics.outcome(metric, *given)
            yield _Asked(slot, f"the metric '{metric.name}'", metric.is_keras, asked)


def _batches(network: Network) -> set[Shape]:
    """The numbers of samples of what comes in."""
    return {network.values[value].shape[:1] for value in network.inputs}


def _has_other_samples(shape: Shape, batches: Collection[Shape]) -> bool:
    """Whether an output has another number of samples than everything that comes in, and so than its targets."""
    return len(batches) == 1 and None not in (*shape[:1], *next(iter(batches))) and shape[:1] not in batches
