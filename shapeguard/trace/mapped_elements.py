"""What a dataset gives when the functions of the user's own that it maps its elements by are traced once more."""

from __future__ import annotations

import inspect
from functools import partial
from types import FunctionType
from typing import TYPE_CHECKING, Any

import keras

from shapeguard.keras_compat import dataset_batches
from shapeguard.records.network import MappedElements
from shapeguard.source import frames

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shapeguard.records.network import Feed, Shape

    Shapes = tuple[tuple[Shape, ...], tuple[Shape, ...]]

SAMPLES = 83
"""A number of samples that hardly any axis has, for batches that leave it open."""


def mapped_elements(dataset: Any, feed_of_specs: Callable[[Any], Feed]) -> MappedElements | None:
    """The functions that a dataset is mapped by; `None` where none is the user's own."""
    steps = list(dataset_batches.steps_of(dataset))
    functions = [inspect.unwrap(each) for each in map(dataset_batches.mapped_by, steps) if callable(each)]
    own = [each for each in functions if isinstance(each, FunctionType) and _is_users(each)]
    last = max((place for place, step in enumerate(steps) if dataset_batches.mapped_by(step) is not None), default=-1)
    if not own:
        return None
    return MappedElements(tuple(dict.fromkeys(own)), partial(_shapes, feed_of_specs, steps[last::-1]))


def _is_users(function: FunctionType) -> bool:
    return not frames.is_library(function.__code__.co_filename)


def _shapes(feed_of_specs: Callable[[Any], Feed], steps: Sequence[Any], *, is_mapped: bool) -> Shapes | None:
    """The shapes of inputs and targets behind all steps, the innermost first; `None` where a step is not known."""
    specs = _with_samples(dataset_batches.given_to(steps[0]))
    for step in steps:
        function = dataset_batches.mapped_by(step)
        if function is None:
            specs = _as_before(step, specs)
        elif is_mapped:
            specs = dataset_batches.traced(function, specs)
        if specs is None:
            return None
    leaves = keras.tree.flatten(specs)
    if len({tuple(leaf.shape)[:1] for leaf in leaves}) != 1:
        return None  # as many samples of each
    feed = feed_of_specs(specs)
    return feed.inputs, tuple(each for each in feed.targets if each is not None)


def _with_samples(specs: Any) -> Any:
    """The specs with a known number of samples, where all of them leave their first axis open."""
    leaves = keras.tree.flatten(specs)
    if not all(leaf.shape.rank and leaf.shape[0] is None for leaf in leaves):
        return specs
    return keras.tree.map_structure(lambda leaf: dataset_batches.with_first_axis(leaf, SAMPLES, is_new=False), specs)


def _as_before(step: Any, specs: Any) -> Any | None:
    """What a step makes of other elements than now, which batches them or leaves them as they are."""
    given, made = (keras.tree.flatten(each) for each in (dataset_batches.given_to(step), step.element_spec))
    if len(given) != len(made) or dataset_batches.method_of(step) is not None:
        return None
    pairs = [(tuple(one.shape), tuple(other.shape)) for one, other in zip(given, made, strict=True)]
    if all(one == other for one, other in pairs):
        return specs
    if not all(other[1:] == one for one, other in pairs):
        return None
    return keras.tree.map_structure(lambda leaf: dataset_batches.with_first_axis(leaf, SAMPLES, is_new=True), specs)
