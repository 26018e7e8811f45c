"""Which guard rules a `fit`, `evaluate` or `predict`: one among its callbacks, else that of the block around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from shapeguard import failing, passes, setup, strict, telling
from shapeguard.building import active
from shapeguard.observe import entrances
from shapeguard.observe import feed as feeding
from shapeguard.phases import PhaseCallback
from shapeguard.strict import guarded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapeguard.guard import ShapeGuard
    from shapeguard.observe.entrances import Entrance
    from shapeguard.observe.user_call import UserCall
    from shapeguard.setup import Phase


def put_doors() -> None:
    """Lets the guards take part in Keras' methods; again where a freshly imported Keras has new ones."""
    entrances.install(_on_failure, on_entry=_on_entry, on_exit=_on_exit)


def is_fitting() -> bool:
    """Whether a `fit` runs in this thread."""
    return any(entrance.method == "fit" for entrance in entrances.running())


def _guards_of(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> list[ShapeGuard]:
    """The guards among the callbacks of a `fit`."""
    given = kwargs.get("callbacks") or next((a for a in args if _holds_guard(a)), None) or ()
    listed = given if isinstance(given, list | tuple) else getattr(given, "callbacks", (given,))
    return [cast("ShapeGuard", each) for each in listed if isinstance(each, PhaseCallback)]


def _holds_guard(argument: Any) -> bool:
    return isinstance(argument, list | tuple) and any(isinstance(each, PhaseCallback) for each in argument)


def _on_failure(
    model: Any, phase: Phase, args: tuple[Any, ...], kwargs: Mapping[str, Any], exception: Exception, call: UserCall
) -> BaseException | None:
    guard = next(iter(_guards_of(args, kwargs)), None) or _guard_around()
    if guard is None or setup.job_mode() == "off" or not guard._explains():
        return None
    if not failing.may_be_about_shapes(exception):
        return None
    with guarded("explaining what Keras raised"):
        feed = feeding.feed_of_arguments(model, args, kwargs, phase, call)
        with passes.undisturbed(model):
            network = passes.any_pass(model, feed)
            return None if network is None else guard._explained(network, exception, feed, raised_at=call.call_span)
    return None


def _guard_around() -> ShapeGuard | None:
    """The guard of the innermost `with` block or builder that runs in this thread."""
    building = active()
    return None if building is None else building.guard


def _on_entry(entrance: Entrance) -> Entrance | None:
    """Lets the guard of a `with` block take part in the training inside it, unless the callbacks hold a guard."""
    guard = _guard_around()
    if guard is None or entrance.depth or setup.job_mode() == "off" or _guards_of(entrance.args, entrance.kwargs):
        return None
    if entrance.method.endswith("_on_batch"):
        guard._check_batch(entrance)
        return None
    return entrances.joined(entrance, guard)


def _on_exit(entrance: Entrance) -> None:
    with guarded("ending the watch"):
        others = [guard for each in entrances.running() for guard in _guards_of(each.args, each.kwargs)]
        for guard in _guards_of(entrance.args, entrance.kwargs):
            guard._stop(entrance.phase)
            if guard not in others:
                guard._forget()
        telling.forget(entrance)
        around = _guard_around()
        if around is not None and entrance.method.endswith("_on_batch") and not entrance.depth:
            around._end_batch(entrance.phase)
    if not entrances.running():
        strict.begin_anew()
