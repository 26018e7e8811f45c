"""Puts a guard into a running program: it watches model building and is a callback of every `fit`."""

from __future__ import annotations

import functools
import inspect
import sys
from typing import TYPE_CHECKING, Any

from shapeguard.capture import install
from shapeguard.guard.guard import ShapeGuard
from shapeguard.keras_compat import keras_trainers, tracebacks, training_calls

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType

    from shapeguard.guard.build_session import BuildSession
    from shapeguard.report import Report, ShapeMismatchError

    Around = Callable[[str, ShapeGuard, Callable[..., Any]], Any]

_METHODS = ("fit", "evaluate", "predict")


class GuardedProgram:
    """One program with its guard, and the session in which its model building is watched."""

    def __init__(self, guard: ShapeGuard, code: CodeType) -> None:
        self.guard = guard
        self.own_reports: list[Report] = []
        """What the program's own calls of `check` have found."""
        _note_checks(self.own_reports)
        self._building: BuildSession | None = guard._begin(frame_of(code))  # noqa: SLF001  as the start of a `with` does

    def explained(self, error: Exception) -> ShapeMismatchError | None:
        """Returns the guard's explanation of an exception that ends the program; `None` if shapes do not explain it."""
        if self._building is None:
            return None
        return self.guard._after_failed_building(self._building, error)  # noqa: SLF001  as the end of a `with` does

    def end(self) -> None:
        """Ends the session."""
        building, self._building = self._building, None
        if building is not None:
            self.guard._end(building)  # noqa: SLF001  as the end of a `with` does


def guard_program(code: CodeType, expect: Any, *, around: Around | None = None) -> GuardedProgram:
    """Watches the program whose module is `code`; its guard joins each outermost `fit`, `evaluate`, `predict`.

    `around(method, guard, call)` makes each of these calls, by `call(*more_callbacks, **other_arguments)`; by default
    it is just made.
    """
    install()
    guard = ShapeGuard(expect)
    for method in _METHODS:
        _wrap(method, guard, around or _unchanged)
    return GuardedProgram(guard, code)


def _unchanged(method: str, guard: ShapeGuard, call: Callable[..., Any]) -> Any:
    del method, guard
    return call()


def _note_checks(reports: list[Report]) -> None:
    """Keeps what guards of the program's own report from now on: `check` never raises on a mismatch."""
    original = ShapeGuard.check

    @functools.wraps(original)
    def check(self: ShapeGuard, model: Any, inputs: Any = None) -> Report:
        report = original(self, model, inputs)
        reports.append(report)
        return report

    setattr(ShapeGuard, ShapeGuard.check.__name__, check)  # the process runs this one program


def frame_of(code: CodeType) -> FrameType | None:
    """The running frame of the program's module; `None` if another thread imports Keras."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001
    while frame is not None and frame.f_code is not code:
        frame = frame.f_back
    return frame


def _wrap(method: str, guard: ShapeGuard, around: Around) -> None:
    owner = keras_trainers.class_of_methods(method)
    if owner is None:
        return
    original = tracebacks.without_filter(vars(owner)[method])
    signature = inspect.signature(original)

    @functools.wraps(original)
    def with_guard(self: Any, *args: Any, **kwargs: Any) -> Any:
        if training_calls.running():
            return original(self, *args, **kwargs)

        def call(*more: Any, **others: Any) -> Any:
            bound = signature.bind(self, *args, **kwargs)
            bound.arguments.update(others)
            bound.arguments["callbacks"] = training_calls.merged_callbacks(
                bound.arguments.get("callbacks"), (guard, *more)
            )
            return original(*bound.args, **bound.kwargs)

        return around(method, guard, call)

    setattr(owner, method, tracebacks.filtered(with_guard))
