"""Keras' callback methods of its three phases, as three of ours: a phase begins, passed its first step, ends."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

import keras

from shapeguard.report import Report

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapeguard.capture.declarations import Declarations
    from shapeguard.guard.checking import Checked
    from shapeguard.records.network import Feed, Phase
    from shapeguard.trace.steps import Watch


def _begin(phase: Phase) -> Callable[[GuardCallback, Any], None]:
    def on_begin(self: GuardCallback, logs: Any = None) -> None:
        """Checks the whole model before a weight moves, and watches the first real steps."""
        del logs
        self._start(phase)

    return on_begin


def _batch_begin(phase: Phase) -> Callable[[GuardCallback, Any, Any], None]:
    """The method of Keras that begins a step; one frame for each, whatever the number of layers."""

    def on_batch_begin(self: GuardCallback, batch: Any, logs: Any = None) -> None:
        """Tells the step wrapper that this step is ours."""
        del logs
        watch = self._state.watches.get(phase)
        if watch is not None:
            watch.armed = True
        if batch == 1:
            self._after_first_step()

    return on_batch_begin


def _end(phase: Phase) -> Callable[[GuardCallback, Any], None]:
    def on_end(self: GuardCallback, logs: Any = None) -> None:
        """Leaves nothing behind."""
        del logs
        self._finish(phase)

    return on_end


class FitState(threading.local):
    """What belongs to the `fit` that runs in a thread: one callback may serve several threads at once.

    `model` is as Keras gave it: the callback's own `model` puts back JAX's state first, which a running step has
    consumed (callbacks/callback.py). `fed` holds what the phases were fed and the check ahead of them, `annotations`
    what is read in user classes while the first step runs. `rests`: a fault of our own was reported, and no more is
    done.
    """

    def __init__(self) -> None:
        self.report = Report()
        self.watches: dict[Phase, Watch] = {}
        self.fed: dict[Phase, tuple[Feed, Checked | None]] = {}
        self.listening = contextlib.ExitStack()
        self.forget()

    def forget(self) -> None:
        """Lets go of the `fit` that ended."""
        self.fed.clear()
        self.model: Any = None
        self.annotations: Declarations | None = None
        self.rests = False


class GuardCallback(keras.callbacks.Callback):
    """A callback that treats training, evaluation (also the validation inside `fit`) and prediction alike.

    It overrides no `on_*_batch_end`: that would turn off Keras' asynchronous callbacks on JAX and PyTorch.
    """

    _state: FitState

    def _start(self, phase: Phase) -> None:
        """The phase begins; no weight has moved in it."""

    def _after_first_step(self) -> None:
        """The first step of the phase went well."""

    def _finish(self, phase: Phase) -> None:
        """The phase came to its end; not called when an exception ended it."""

    on_train_begin = _begin("train")
    on_test_begin = _begin("test")  # of validation too
    on_predict_begin = _begin("predict")
    on_train_batch_begin = _batch_begin("train")
    on_test_batch_begin = _batch_begin("test")
    on_predict_batch_begin = _batch_begin("predict")
    on_train_end = _end("train")
    on_test_end = _end("test")
    on_predict_end = _end("predict")
