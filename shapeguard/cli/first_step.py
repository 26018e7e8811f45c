"""The first step of a `fit`, and the last of the program: taken on shapes alone where these decide, else really."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import keras

from shapeguard.guard.callback import GuardCallback
from shapeguard.guard.checking import unknown_rows
from shapeguard.keras_compat import keras_trainers, step_functions, training_calls
from shapeguard.trace import abstract_step
from shapeguard.trace.feed import running_frame
from shapeguard.trace.first_batch import first_batch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shapeguard.guard.guard import ShapeGuard
    from shapeguard.records.network import Phase


class StopAtFit(SystemExit):  # no error: it ends the program quietly, in whichever thread `fit` runs
    """The program has come to its first `fit`, and the check is done."""


class FirstStep(keras.callbacks.Callback):  # type: ignore[misc]  # Any to a type checker
    """A callback behind the guard that ends the program when the first step has passed, and one of validation.

    Of the user's callbacks only what begins has run then (`on_train_begin`, `on_epoch_begin`, `on_train_batch_begin`):
    nothing is saved. `passed`: the step has passed.
    """

    def __init__(self, guard: ShapeGuard) -> None:
        super().__init__()
        self.passed = False
        self._guard = guard

    def on_train_begin(self, logs: Any = None) -> None:
        """Takes the step on shapes, after the guard's check."""
        del logs
        model = training_calls.running()[-1].model
        if self._is_decided(model, _variables(model)):
            self.passed = True
            raise StopAtFit(0)

    def on_train_batch_begin(self, batch: Any, logs: Any = None) -> None:
        """Lets the step that follows be the only one."""
        del batch, logs
        self._replace("train", self._train)

    def on_test_batch_begin(self, batch: Any, logs: Any = None) -> None:
        """Lets the step of validation that follows be the last."""
        del batch, logs
        self._replace("test", self._validate)

    def _is_decided(self, model: Any, variables: Mapping[str, Any]) -> bool:
        """Whether the steps pass on shapes, and these decide; what raises will raise in the step itself."""
        report = self._guard.report
        if not report.rows or unknown_rows(report) or not variables:
            return False
        try:
            if not _passes(model, variables, "train"):
                return False
            return variables["validation_data"] is None or _passes(model, _validation(variables), "test")
        except Exception:  # noqa: BLE001  the real step raises it where the guard explains it
            return False

    def _replace(self, phase: Phase, step: Callable[..., Any]) -> None:
        model, name = training_calls.running()[-1].model, step_functions.FUNCTIONS[phase]
        function = getattr(model, name)
        setattr(model, name, lambda *args: step(model, function, args))

    def _train(self, model: Any, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        result = function(*args)
        self.passed = True
        frame = running_frame(model, "train")
        if frame is None or frame.f_locals["validation_data"] is None:
            self._end("train", model, result)
        keras_trainers.keep_callbacks(frame, (GuardCallback, FirstStep))
        model.stop_training = True  # Keras validates before it stops
        return result

    def _validate(self, model: Any, function: Callable[..., Any], args: tuple[Any, ...]) -> NoReturn:
        self._end("test", model, function(*args))

    def _end(self, phase: Phase, model: Any, result: Any) -> NoReturn:
        if keras_trainers.backend() == "jax":
            step_functions.put_back_jax_state(model, phase, result[1])
        raise StopAtFit(0)


def _passes(model: Any, given: Mapping[str, Any], phase: Phase) -> bool:
    batch = first_batch(given) if abstract_step.decides(model, phase) else None
    return batch is not None and abstract_step.passes(model, batch, phase)


def _variables(model: Any) -> Mapping[str, Any]:
    """What the running `fit` was given, the part for validation split off."""
    frame = running_frame(model, "train")
    return {} if frame is None else frame.f_locals


def _validation(variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """The arguments of the `evaluate` that `fit` validates by."""
    return {
        "x": variables["val_x"],
        "y": variables["val_y"],
        "sample_weight": variables["val_sample_weight"],
        "batch_size": variables["validation_batch_size"] or variables["batch_size"],
    }
