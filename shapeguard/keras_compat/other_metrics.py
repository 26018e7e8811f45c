"""Other forms of Keras' own metrics: the option or the class that takes what a metric refuses."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import keras

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.records.targets import CompiledMetric

OF_ROWS = "sparse_y_true"
OF_PROBABILITIES = "sparse_y_pred"
"""Options of metrics of overlaps, whether targets and outputs are numbers of classes: 3.0 to 3.15, iou_metrics.py."""
_ONE_HOT = "OneHot"
_BINARY = {"BinaryAccuracy": "SparseCategoricalAccuracy", "binary_accuracy": "sparse_categorical_accuracy"}
"""Metrics of yes or no, and what they are of several classes."""


@dataclass(frozen=True, slots=True)
class OtherForm:
    """A metric in another form; `options` are those that are not written now, all of them `False`."""

    metric: CompiledMetric
    options: tuple[str, ...] = ()


def other_forms(metric: CompiledMetric, *, rows: bool) -> Iterator[OtherForm]:
    """The forms of a metric for targets that are `rows` of a value for each class, else for numbers of classes."""
    config = dict(metric.config)
    options = [name for name in (OF_PROBABILITIES, *((OF_ROWS,) if rows else ())) if config.get(name) is True]
    if options:
        changed = tuple((key, False if key in options else value) for key, value in metric.config)
        yield OtherForm(replace(metric, config=changed), tuple(options))
    for name in _without_sparse(metric.name) if rows else _with_sparse(metric.name):
        if hasattr(keras.metrics, name):
            yield _renamed(metric, name)


def _renamed(metric: CompiledMetric, name: str) -> OtherForm:
    """The metric of another name, with the options that both have."""
    taken = inspect.signature(getattr(keras.metrics, name)).parameters
    options = (OF_PROBABILITIES,) if metric.name.startswith(_ONE_HOT) else ()
    kept = {key: value for key, value in metric.config if key in taken and key != "name"}
    kept |= dict.fromkeys(options, False)
    return OtherForm(replace(metric, name=name, config=tuple(kept.items())), options)


def _with_sparse(name: str) -> Iterator[str]:
    """The names of a metric that takes numbers of classes."""
    if name in _BINARY:
        yield _BINARY[name]
    elif name.startswith(_ONE_HOT):
        yield name.removeprefix(_ONE_HOT)
    else:
        yield f"Sparse{name}" if name[:1].isupper() else f"sparse_{name}"


def _without_sparse(name: str) -> Iterator[str]:
    """The names of a metric that takes rows."""
    other = name.replace("Sparse", "", 1).replace("sparse_", "", 1)
    if other != name:
        yield other
