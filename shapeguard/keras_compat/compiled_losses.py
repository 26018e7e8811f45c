"""The losses given to `compile`, and which targets and outputs Keras hands to each."""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
import numpy as np

from shapeguard.keras_compat import states
from shapeguard.keras_compat.step_functions import STEPS, is_overridden
from shapeguard.layers.losses import BY_SHAPE
from shapeguard.records.targets import CompiledLoss


def losses_of(model: Any) -> Any:
    """The losses given to the latest `compile`, nested as they were; `None` where there are none."""
    compiled = getattr(model, "_compile_loss", None)  # 3.0 to 3.15, trainers/trainer.py; `model.loss` may be stale
    return None if compiled is None else compiled._user_loss  # noqa: SLF001  3.0 to 3.15, trainers/compile_utils.py


def keys_given(model: Any) -> dict[str, tuple[str, ...]]:
    """The keys of the losses, metrics and weights given to the latest `compile` as dictionaries, by the argument."""
    loss, metrics = (getattr(model, name, None) for name in ("_compile_loss", "_compile_metrics"))
    given = {  # 3.0 to 3.15, trainers/trainer.py and compile_utils.py
        "loss": getattr(loss, "_user_loss", None),
        "metrics": getattr(metrics, "_user_metrics", None),
        "weighted_metrics": getattr(metrics, "_user_weighted_metrics", None),
        "loss_weights": getattr(loss, "_user_loss_weights", None),
    }
    return {name: tuple(map(str, each)) for name, each in given.items() if isinstance(each, dict)}


def described(loss: Any) -> CompiledLoss | None:
    """What `compile` was given for an output; `None` for no loss."""
    if loss is None:
        return None
    if isinstance(loss, str):
        return _of_string(loss)
    if isinstance(loss, keras.losses.Loss):
        return _of_object(loss)
    name = getattr(loss, "__name__", None) or type(loss).__name__
    code = None if _is_of_keras(loss) else getattr(loss, "__code__", None)
    return CompiledLoss(name, "function", name, is_keras=getattr(keras.losses, name, None) is loss, code=code)


def _of_string(text: str) -> CompiledLoss:
    if text.lower() in BY_SHAPE:
        return CompiledLoss(text, "string", text)
    try:
        loss = described(keras.losses.get(text))
    except ValueError:
        loss = None
    return CompiledLoss(text if loss is None else loss.name, "string", text, is_keras=loss is not None)


def _of_object(loss: Any) -> CompiledLoss:
    cls = type(loss)
    name = getattr(getattr(loss, "fn", None), "__name__", None) or cls.__name__
    if getattr(keras.losses, cls.__name__, None) is not cls or cls is keras.losses.Loss:
        code = None if _is_of_keras(cls) else getattr(vars(cls).get("call"), "__code__", None)
        return CompiledLoss(name, "object", cls.__name__, is_keras=False, code=code)
    with states.keeping_names():
        usual = _arguments(cls())
    options = tuple((key, value) for key, value in _arguments(loss).items() if value != usual[key])
    return CompiledLoss(name, "object", cls.__name__, options)


def _is_of_keras(made: Any) -> bool:
    return str(getattr(made, "__module__", "")).partition(".")[0] == "keras"


def _arguments(loss: Any) -> dict[str, object]:
    """The arguments of one of Keras' losses; its config alone does not have all, such as the axis of the sparse one."""
    own = getattr(loss, "_fn_kwargs", {})  # 3.0 to 3.15, losses/losses.py
    return {key: plain(value) for key, value in {**loss.get_config(), **own, "dtype": loss.dtype}.items()}


def plain(value: Any) -> object:
    """A value as one that can be compared and kept: arrays and lists as tuples."""
    if isinstance(value, list | tuple):
        return tuple(map(plain, value))
    is_array = isinstance(value, np.ndarray | np.generic) or keras.ops.is_tensor(value)
    return plain(keras.ops.convert_to_numpy(value).tolist()) if is_array else value


class Handed(NamedTuple):
    """A loss given to `compile`, and what Keras hands to it."""

    loss: Any
    y_true: Any
    y_pred: Any
    sample_weight: Any = None


class _Asked(keras.losses.Loss):  # type: ignore[misc]
    """Stands for a loss given to `compile`: notes what it is handed, and is no loss at all."""

    def __init__(self, loss: Any, handed: list[Handed]) -> None:
        super().__init__(name="asked")
        self._loss, self._handed = loss, handed

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> float:
        self._handed.append(Handed(self._loss, y_true, y_pred, sample_weight))
        return 0.0


def handed_to(model: Any, y_true: Any, y_pred: Any, sample_weight: Any = None) -> list[Handed]:
    """The losses given to the latest `compile`, each with what of these structures Keras hands to it.

    Keras' own class pairs them, which it does otherwise in 3.6 than in 3.15 (trainers/compile_utils.py, `CompileLoss`):
    by `output_names`, by keys, or in flattened order. Empty where it refuses the structures. Leaves may be any objects.
    """
    compiled = getattr(model, "_compile_loss", None)  # 3.0 to 3.15, trainers/trainer.py
    if compiled is None:
        return []
    asked: list[Handed] = []

    class Asking(type(compiled)):  # type: ignore[misc]
        @property
        def metrics(self) -> list[None]:
            return [None for _ in super().metrics]  # one for each loss: `call` stops behind the last

    with states.keeping_names():
        losses = keras.tree.map_structure(lambda loss: None if loss is None else _Asked(loss, asked), losses_of(model))
        try:
            Asking(losses, output_names=compiled.output_names).call(y_true, y_pred, sample_weight)
        except Exception:  # noqa: BLE001  Keras will refuse the structures in its own time
            return []
    return asked


def compares_targets(model: Any, phase: str) -> bool:
    """Whether the targets come to the compiled losses as they are given: nothing on that way is the user's own."""
    step = STEPS["train" if phase == "train" else "test"]
    return not is_overridden(model, "compute_loss") and not is_overridden(model, step)
