"""The metrics given to `compile`: what they are, what Keras hands to each, and what Keras' own ones do with shapes."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import keras
from keras.src.trainers.compile_utils import get_metric  # 3.0 to 3.15, trainers/compile_utils.py

from shapeguard.keras_compat import abstract_runs, states
from shapeguard.keras_compat.compiled_losses import plain
from shapeguard.keras_compat.loss_calls import Outcome, are_alike, batches_beside, tensors_of
from shapeguard.layers.losses import ELEMENTWISE
from shapeguard.records.targets import CompiledMetric

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapeguard.records.network import Shape

BY_SHAPE = frozenset({"accuracy", "acc"})
"""What Keras takes for one of three metrics by the shapes that it compares."""
OF_VALUES = ELEMENTWISE | {"binary_accuracy", "categorical_accuracy"}
"""Functions that compare each value of the targets with one of the output."""
GENERAL = (keras.metrics.Metric, keras.metrics.Mean, keras.metrics.Sum, keras.metrics.MeanMetricWrapper)
"""Keras' classes that compute what they are given, which may be the user's own."""


class _Asked(keras.metrics.Metric):  # type: ignore[misc]
    """Stands for a metric given to `compile`: notes what it is handed. Keras would copy a list that it holds."""

    def __init__(self, note: Callable[[Any, Any], None]) -> None:
        super().__init__(name="asked")
        self._note = note

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        del sample_weight
        self._note(y_true, y_pred)


def pairs_of(model: Any, y_true: Any, y_pred: Any) -> list[tuple[Any, Any, Any]]:
    """The metrics given to the latest `compile`, each with what of these two structures Keras hands to it.

    As `compiled_losses.handed_to`: Keras' own class pairs them, leaves may be any objects.
    """
    compiled = getattr(model, "_compile_metrics", None)  # 3.0 to 3.15, trainers/trainer.py
    if compiled is None:
        return []
    asked: list[tuple[Any, Any, Any]] = []
    # 3.0 to 3.15, trainers/compile_utils.py
    given = compiled._user_metrics, compiled._user_weighted_metrics  # noqa: SLF001
    with states.keeping_names():
        metrics, weighted = (keras.tree.map_structure(functools.partial(_asking, asked), each) for each in given)
        try:
            type(compiled)(metrics, weighted, output_names=compiled.output_names).update_state(y_true, y_pred)
        except Exception:  # noqa: BLE001  Keras will refuse the structures in its own time
            return []
    return asked


def _asking(asked: list[tuple[Any, Any, Any]], metric: Any) -> _Asked | None:
    return None if metric is None else _Asked(lambda y_true, y_pred: asked.append((metric, y_true, y_pred)))


def described(metric: Any) -> CompiledMetric:
    """What `compile` was given as a metric."""
    if isinstance(metric, str):
        return _of_string(metric)
    if isinstance(metric, keras.metrics.Metric):
        return _of_object(metric)
    name = getattr(metric, "__name__", None) or type(metric).__name__
    return CompiledMetric(name, "function", is_keras=getattr(keras.metrics, name, None) is metric)


def _of_string(text: str) -> CompiledMetric:
    if text.lower() in BY_SHAPE:
        return CompiledMetric(text, "string")
    try:
        metric = keras.metrics.get(text)
    except (ValueError, TypeError):  # an unknown name, or a class that needs arguments
        return CompiledMetric(text, "string", is_keras=False)
    return CompiledMetric(text, "string", is_keras=described(metric).is_keras)


def _of_object(metric: Any) -> CompiledMetric:
    cls = type(metric)
    is_keras = getattr(keras.metrics, cls.__name__, None) is cls and cls not in GENERAL
    config = tuple((key, plain(value)) for key, value in metric.get_config().items()) if is_keras else ()
    return CompiledMetric(cls.__name__, "object", config, is_keras=is_keras)


@functools.lru_cache(maxsize=1024)
def outcome(metric: CompiledMetric, targets: Shape, dtype: str, output: Shape) -> Outcome:
    """What a metric does with targets of this shape and dtype beside an output, both without their batch axis."""
    if not metric.is_keras or None in (*targets, *output):
        return Outcome.UNKNOWN
    with states.leaving_no_mark():
        for batch in batches_beside(targets, output):
            y_true, y_pred = tensors_of(batch, dtype, targets, output)
            live = get_metric(_live(metric), y_true, y_pred)
            try:
                abstract_runs.shapes_of(live.update_state, y_true, y_pred)
            except Exception:  # noqa: BLE001  Keras' refusal is the answer, of whichever type
                return Outcome.REFUSED
            function = getattr(live, "_fn", None)  # 3.0 to 3.15, metrics/reduction_metrics.py
            if getattr(function, "__name__", "") in OF_VALUES and not are_alike(y_true, y_pred):
                return Outcome.BROADCASTS
    return Outcome.FITS


def run(metric: Any, targets: Shape, dtype: str, output: Shape) -> None:
    """Runs a metric as it was given to `compile`, whoever wrote it, on shapes without a batch axis.

    What it raises is raised. Its variables keep their values: a run on shapes assigns to none.
    """
    with states.leaving_no_mark():
        for batch in batches_beside(targets, output):
            y_true, y_pred = tensors_of(batch, dtype, targets, output)
            abstract_runs.shapes_of(functools.partial(_computed, get_metric(metric, y_true, y_pred)), y_true, y_pred)


def _computed(metric: Any, y_true: Any, y_pred: Any) -> Any:
    """What a metric gives after a batch."""
    metric.update_state(y_true, y_pred)
    return metric.result()


def _live(metric: CompiledMetric) -> Any:
    """The metric, as it was given to `compile`, with a state of its own."""
    if metric.form == "string":
        return metric.name
    made = getattr(keras.metrics, metric.name)
    if metric.form == "function":
        return made
    return made.from_config({key: list(value) if isinstance(value, tuple) else value for key, value in metric.config})
