"""The training methods: `fit`, `evaluate`, `predict` and their `*_on_batch` forms, wrapped once and dormant.

On JAX and PyTorch wrong targets, wrong inputs and deferred models raise before Keras has made any callback, and after
an exception no callback learns that training ended. Both are seen from here. The wrapper lies below Keras' traceback
filter, so that a user's traceback has the same frames with and without it.
"""

from __future__ import annotations

import functools
import inspect
import sys
import threading
import weakref
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import keras

from shapeguard.errors import ExpectationError, SpecError
from shapeguard.keras_compat import compile_calls, keras_trainers, step_functions, tracebacks
from shapeguard.keras_compat.import_hook import PACKAGE
from shapeguard.report import ShapeMismatchError
from shapeguard.source.fit_call import UserCall, user_call

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from shapeguard.records.network import Phase

    OnFailure = Callable[[Any, Phase, tuple[Any, ...], Mapping[str, Any], Exception, UserCall], BaseException | None]
    OnEntry = Callable[["TrainingCall"], "TrainingCall | None"]
    OnExit = Callable[["TrainingCall"], None]

_OURS = tuple(map(tracebacks.passing_unchanged, (ShapeMismatchError, SpecError, ExpectationError)))
_PHASES: dict[str, Phase] = {
    "fit": "train",
    "evaluate": "test",
    "predict": "predict",
    "train_on_batch": "train",
    "test_on_batch": "test",
    "predict_on_batch": "predict",
}


@dataclass(frozen=True, slots=True, eq=False)
class TrainingCall:
    """One running call of a training method; `depth` counts those around it in the same thread, from 0.

    `has_function`: the model had its step function already, so that the step may have been traced before.
    """

    model: Any
    method: str
    phase: Phase
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    depth: int
    has_function: bool = False

    @property
    def is_of_one_batch(self) -> bool:
        """Whether the method takes one batch, as `train_on_batch` does."""
        return self.method.endswith("_on_batch")


@dataclass(frozen=True, slots=True)
class _Handlers:
    on_failure: OnFailure
    on_entry: OnEntry | None
    on_exit: OnExit | None


_handlers: _Handlers | None = None
_owners: weakref.WeakSet[Any] = weakref.WeakSet()
_patched: set[str] = set()
_running = threading.local()


def install(on_failure: OnFailure, *, on_entry: OnEntry | None = None, on_exit: OnExit | None = None) -> None:
    """Says who is asked by the wrappers, which stay dormant until `enable` is given an owner.

    `on_failure` gets the model, the phase, the method's arguments, the exception and the user's call. It returns the
    exception to raise instead, from the original; `None` lets the very same object pass. `on_entry` may give the same
    entrance with other arguments, or raise. `on_exit` is called last, whether the method returned or raised anything
    at all, Ctrl-C included.
    """
    global _handlers  # noqa: PLW0603
    _handlers = _Handlers(on_failure, on_entry, on_exit)
    put_in_place()


def put_in_place() -> None:
    """Wraps the methods, once.

    It is time for that when Keras is imported: in `model.fit(..., callbacks=[shapeguard.ShapeGuard()])` Python looks
    `fit` up before there is any guard.
    """
    tracebacks.exclude_from_tracebacks(PACKAGE)
    compile_calls.put_in_place()
    for method in _PHASES:
        if method not in _patched:
            _patched.add(method)
            _patch(method)


def enable(owner: Any) -> None:
    """Keeps the wrappers awake for as long as `owner` (a guard) is alive."""
    _owners.add(owner)


def disable(owner: Any) -> None:
    """Takes the owner's reason to be awake away."""
    _owners.discard(owner)


def running() -> tuple[TrainingCall, ...]:
    """The training methods that run in this thread now, the outermost first."""
    return tuple(getattr(_running, "calls", ()))


def is_fitting() -> bool:
    """Whether a `fit` runs in this thread."""
    return any(training_call.method == "fit" for training_call in running())


def with_callbacks(training_call: TrainingCall, *callbacks: Any) -> TrainingCall:
    """The same call with more callbacks after the user's own; itself where the arguments do not fit the method."""
    try:
        bound = inspect.signature(getattr(keras.Model, training_call.method)).bind(
            training_call.model, *training_call.args, **training_call.kwargs
        )
    except TypeError:
        return training_call
    bound.arguments["callbacks"] = merged_callbacks(bound.arguments.get("callbacks"), callbacks)
    return replace(training_call, args=bound.args[1:], kwargs=bound.kwargs)


def merged_callbacks(callbacks: Any, more: Iterable[Any]) -> Any:
    """The user's callbacks, in whichever form Keras takes them, and these after them."""
    if isinstance(callbacks, keras.callbacks.CallbackList):
        for callback in more:
            callbacks.append(callback)
        return callbacks
    given = callbacks if isinstance(callbacks, list | tuple) else [] if callbacks is None else [callbacks]
    return [*given, *more]


def _patch(method: str) -> None:
    owner = keras_trainers.class_of_methods(method)
    if owner is None:
        return
    original = vars(owner)[method]
    inner = tracebacks.without_filter(original)
    is_filtered = inner is not original
    phase = _PHASES[method]

    @functools.wraps(inner)
    def entered(self: Any, *args: Any, **kwargs: Any) -> Any:
        handlers = _handlers
        if handlers is None or not _owners:
            return inner(self, *args, **kwargs)
        training_call = _enter(handlers, self, method, phase, args, kwargs)
        try:
            return inner(self, *training_call.args, **training_call.kwargs)
        except Exception as exception:
            _raise_instead(handlers, training_call, exception, is_filtered=is_filtered)
            raise
        finally:
            _leave(handlers, training_call)

    setattr(owner, method, tracebacks.filtered(entered) if is_filtered else entered)


def _enter(handlers: _Handlers, model: Any, method: str, phase: Phase, args: Any, kwargs: Any) -> TrainingCall:
    if not hasattr(_running, "calls"):
        _running.calls = []
    has_function = getattr(model, step_functions.FUNCTIONS[phase], None) is not None
    training_call = TrainingCall(model, method, phase, args, kwargs, len(_running.calls), has_function)
    if handlers.on_entry is not None:
        training_call = handlers.on_entry(training_call) or training_call
    _running.calls.append(training_call)
    return training_call


def _leave(handlers: _Handlers, training_call: TrainingCall) -> None:
    _running.calls.remove(training_call)
    if handlers.on_exit is not None:
        handlers.on_exit(training_call)


def _raise_instead(
    handlers: _Handlers, training_call: TrainingCall, exception: Exception, *, is_filtered: bool
) -> None:
    """Raises what is to be raised in the place of the exception; returns where that is the exception itself."""
    instead, cause = _instead(handlers, training_call, exception)
    try:
        if instead is None:
            return
        if is_filtered:
            _keep_cause(instead, cause)
        raise instead from cause
    finally:
        del instead, cause, exception  # else the traceback holds itself, and with it what it came through


def _instead(
    handlers: _Handlers, training_call: TrainingCall, exception: Exception
) -> tuple[BaseException | None, BaseException | None]:
    """What to raise instead and from what; our own errors stay and keep the cause that they have."""
    if isinstance(exception, _OURS):
        return exception, exception.__cause__
    call = user_call(sys._getframe(3))  # noqa: SLF001
    instead = handlers.on_failure(
        training_call.model, training_call.phase, training_call.args, training_call.kwargs, exception, call
    )
    exception.__traceback__ = (
        exception.__traceback__ if instead is None else tracebacks.filtered_frames(exception.__traceback__)
    )
    return instead, exception


def _keep_cause(exception: BaseException, cause: BaseException | None) -> None:
    """Makes the exception keep its cause where Keras' traceback filter would cut it.

    The filter raises `e.with_traceback(tb) from None` (utils/traceback_utils.py, 3.0 to 3.15). Shadowed for one use,
    `with_traceback` raises by itself, so that `from None` is never reached.
    """
    if cause is None or not isinstance(exception, Exception) or not tracebacks.is_filtering():
        return

    def with_traceback(_: Any) -> Any:
        del exception.__dict__["with_traceback"]
        raise exception.with_traceback(None) from cause

    exception.with_traceback = with_traceback  # type: ignore[method-assign]
