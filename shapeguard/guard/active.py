"""Which guard rules a `fit`, `evaluate` or `predict`: one among its callbacks, else that of the block around it."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from shapeguard import strict
from shapeguard.guard import exceptions, notifier, options, preflight
from shapeguard.guard.build_session import active
from shapeguard.guard.callback import GuardCallback
from shapeguard.guard.shorter_batches import dry_run_of_losses, dry_run_of_rest, dry_run_of_whole
from shapeguard.keras_compat import step_functions, training_calls
from shapeguard.strict import suppress_internal_errors
from shapeguard.trace.crash_sites import came_through, place_of
from shapeguard.trace.failed_feed import feed_of_failure
from shapeguard.trace.networks import batch_of
from shapeguard.trace.own_steps import of_own_step, replay_own_step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapeguard.keras_compat.training_calls import TrainingCall
    from shapeguard.records.network import Feed, Network, Phase
    from shapeguard.source.fit_call import UserCall


def install_training_hooks() -> None:
    """Lets the guards take part in Keras' methods; again where a freshly imported Keras has new ones."""
    training_calls.install(_on_failure, on_entry=_on_entry, on_exit=_on_exit)


def _guards_of(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> list[GuardCallback]:
    """The guards among the callbacks of a `fit`."""
    given = kwargs.get("callbacks") or next((a for a in args if _holds_guard(a)), None) or ()
    listed = given if isinstance(given, list | tuple) else getattr(given, "callbacks", (given,))
    return [each for each in listed if isinstance(each, GuardCallback)]


def _holds_guard(argument: Any) -> bool:
    return isinstance(argument, list | tuple) and any(isinstance(each, GuardCallback) for each in argument)


def _on_failure(
    model: Any, phase: Phase, args: tuple[Any, ...], kwargs: Mapping[str, Any], exception: Exception, call: UserCall
) -> BaseException | None:
    guard = next(iter(_guards_of(args, kwargs)), None) or _guard_around()
    if guard is None or options.job_mode() == "off" or not guard._verdicts.explains():
        return None
    if not exceptions.may_be_about_shapes(exception):
        return None
    with suppress_internal_errors("explaining what Keras raised"):
        feed = _feed_of(model, phase, args, kwargs, exception, call)
        with preflight.undisturbed(model):
            network, feed = _pass_of(model, phase, exception, feed)
            deeper = functools.partial(_of_own_losses, model, feed, network, exception)
            place = place_of(exception) or call.call_span
            return guard._verdicts.explain(network, exception, feed, place, deeper=deeper)
    return guard._verdicts.answer(exception, call.call_span, is_given_data=True)


def _pass_of(model: Any, phase: Phase, exception: Exception, feed: Feed) -> tuple[Network | None, Feed]:
    """The pass that explains the exception, as far as it went, and the feed beside it; `None` where none is known.

    That of a step of the user's own, that of the model, that of a shorter batch, or that of such a step on a whole one.
    """
    step = replay_own_step(model, phase, exception)
    if step is not None and batch_of(step) in {None, feed.batch_size}:
        return step, of_own_step(feed, step)
    network = preflight.dry_run(model, feed)
    if network is not None and not network.complete and _was_not_called(model, phase, exception):
        network = None
    own = (_of_known_size(model, feed, exception) if network is None or network.complete else None) or step
    return (network, feed) if own is None else (own, of_own_step(feed, own))


def _of_own_losses(
    model: Any, feed: Feed, network: Network | None, exception: BaseException
) -> tuple[Network, Feed] | None:
    """The pass with the loss or metric of the user's own that raised, and the feed beside it; `None` of others."""
    found = None if network is None else dry_run_of_losses(model, feed, network, exception)
    return None if found is None else (found, of_own_step(feed, found))


def _of_known_size(model: Any, feed: Feed, exception: BaseException) -> Network | None:
    """The pass on a batch of known size that Keras refuses: the last one, or any if no line tells what raised."""
    rest = dry_run_of_rest(model, feed)
    return dry_run_of_whole(model, feed, exception) if rest is None and place_of(exception) is None else rest


def _was_not_called(model: Any, phase: Phase, exception: BaseException) -> bool:
    """Whether a step of the user's own raised elsewhere than in a call of the model: the data may not be its input."""
    return step_functions.has_own_step(model, phase) and not came_through(exception, model)


def _feed_of(
    model: Any, phase: Phase, args: tuple[Any, ...], kwargs: Mapping[str, Any], exception: Exception, call: UserCall
) -> Feed:
    """What the training method that raised was given."""
    running = training_calls.running()
    if running and running[-1].is_of_one_batch:
        return preflight.feed_of_one_batch(model, args, kwargs, phase, call)
    return feed_of_failure(model, exception, args, kwargs, phase, call)


def _guard_around() -> GuardCallback | None:
    """The guard of the innermost `with` block or builder that runs in this thread."""
    building = active()
    return None if building is None else building.guard


def _on_entry(training_call: TrainingCall) -> TrainingCall | None:
    """Lets the guard of a `with` block take part in the training inside it, unless the callbacks hold a guard."""
    guard = _guard_around()
    if (
        guard is None
        or training_call.depth
        or options.job_mode() == "off"
        or _guards_of(training_call.args, training_call.kwargs)
    ):
        return None
    if training_call.is_of_one_batch:
        guard._phase_checks.check_batch(training_call)
        return None
    return training_calls.with_callbacks(training_call, guard)


def _on_exit(training_call: TrainingCall) -> None:
    with suppress_internal_errors("closing the guard"):
        others = [guard for each in training_calls.running() for guard in _guards_of(each.args, each.kwargs)]
        for guard in _guards_of(training_call.args, training_call.kwargs):
            guard._phase_checks.stop(training_call.phase)
            if guard not in others:
                guard._forget()
        notifier.forget(training_call)
        around = _guard_around()
        if around is not None and training_call.is_of_one_batch and not training_call.depth:
            around._phase_checks.end_batch(training_call.phase)
    if not training_calls.running():
        strict.reset_warnings()
