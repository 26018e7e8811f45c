"""Keras' callback methods of its three phases, as three of ours: a phase begins, passed its first step, ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapeguard.guard.fit_state import FitState
    from shapeguard.guard.phase_checks import PhaseChecks
    from shapeguard.guard.verdicts import Verdicts
    from shapeguard.records.network import Phase


def _begin(phase: Phase) -> Callable[[GuardCallback, Any], None]:
    def on_begin(self: GuardCallback, logs: Any = None) -> None:
        """Checks the whole model before a weight moves, and watches the first real steps."""
        del logs
        self._phase_checks.start(phase)

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
            self._phase_checks.after_first_step()

    return on_batch_begin


def _end(phase: Phase) -> Callable[[GuardCallback, Any], None]:
    def on_end(self: GuardCallback, logs: Any = None) -> None:
        """Leaves nothing behind."""
        del logs
        self._phase_checks.finish(phase)

    return on_end


class GuardCallback(keras.callbacks.Callback):
    """A callback that treats training, evaluation (also the validation inside `fit`) and prediction alike.

    It overrides no `on_*_batch_end`: that would turn off Keras' asynchronous callbacks on JAX and PyTorch.
    """

    _state: FitState
    _verdicts: Verdicts
    _phase_checks: PhaseChecks

    def _forget(self) -> None:
        """Lets go of the `fit` that ended: the model, and what was found in it."""
        super().set_model(None)
        super().set_params(None)
        self._phase_checks.forget()

    on_train_begin = _begin("train")
    on_test_begin = _begin("test")  # of validation too
    on_predict_begin = _begin("predict")
    on_train_batch_begin = _batch_begin("train")
    on_test_batch_begin = _batch_begin("test")
    on_predict_batch_begin = _batch_begin("predict")
    on_train_end = _end("train")
    on_test_end = _end("test")
    on_predict_end = _end("predict")
