"""The losses given to `compile`, and which targets and outputs Keras hands to each."""

from __future__ import annotations

from typing import Any

import keras

from shapeguard.keras_compat import states
from shapeguard.keras_compat.step_functions import STEPS, is_overridden


def losses_of(model: Any) -> Any:
    """The losses given to the latest `compile`, nested as they were; `None` where there are none."""
    compiled = getattr(model, "_compile_loss", None)  # 3.0 to 3.15, trainers/trainer.py; `model.loss` may be stale
    return None if compiled is None else compiled._user_loss  # noqa: SLF001  3.0 to 3.15, trainers/compile_utils.py


class _Asked(keras.losses.Loss):  # type: ignore[misc]
    """Stands for a loss given to `compile`: notes what it is handed, and is no loss at all."""

    def __init__(self, loss: Any, pairs: list[tuple[Any, Any, Any]]) -> None:
        super().__init__(name="asked")
        self._loss, self._pairs = loss, pairs

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> float:
        del sample_weight
        self._pairs.append((self._loss, y_true, y_pred))
        return 0.0


def pairs_of(model: Any, y_true: Any, y_pred: Any) -> list[tuple[Any, Any, Any]]:
    """The losses given to the latest `compile`, each with what of these two structures Keras hands to it.

    Keras' own class pairs them, which it does otherwise in 3.6 than in 3.15 (trainers/compile_utils.py, `CompileLoss`):
    by `output_names`, by keys, or in flattened order. Empty where it refuses the structures. Leaves may be any objects.
    """
    compiled = getattr(model, "_compile_loss", None)  # 3.0 to 3.15, trainers/trainer.py
    if compiled is None:
        return []
    asked: list[tuple[Any, Any, Any]] = []

    class Asking(type(compiled)):  # type: ignore[misc]
        @property
        def metrics(self) -> list[None]:
            return [None for _ in super().metrics]  # one for each loss: `call` stops behind the last

    with states.keeping_names():
        losses = keras.tree.map_structure(lambda loss: None if loss is None else _Asked(loss, asked), losses_of(model))
        try:
            Asking(losses, output_names=compiled.output_names).call(y_true, y_pred)
        except Exception:  # noqa: BLE001  Keras will refuse the structures in its own time
            return []
    return asked


def compares_targets(model: Any, phase: str) -> bool:
    """Whether the targets come to the compiled losses as they are given: nothing on that way is the user's own."""
    step = STEPS["train" if phase == "train" else "test"]
    return not is_overridden(model, "compute_loss") and not is_overridden(model, step)
