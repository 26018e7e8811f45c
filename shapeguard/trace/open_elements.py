"""What the elements of a dataset really are where their specs leave the rank open: some are drawn once more."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import keras

from shapeguard.keras_compat import dataset_batches
from shapeguard.records.network import Element, OpenElements
from shapeguard.trace.given_data import shape_as_given

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.records.network import Shape

DRAWN = 2
"""Elements that are drawn: sizes that vary are none of the spec's."""


def open_elements(dataset: Any, argument: str) -> OpenElements | None:
    """The elements of the innermost step of a dataset that leaves a rank open; `None` where all are told."""
    steps = list(dataset_batches.steps_of(dataset))
    places = [place for place, step in enumerate(steps) if any(map(_is_open, keras.tree.flatten(step.element_spec)))]
    if not places:
        return None
    step, behind = steps[places[-1]], steps[: places[-1]]
    method = dataset_batches.method_of(step)
    structure = _structure(step)
    if method is None or structure is None:
        return None
    outer = sum(dataset_batches.method_of(each) == method for each in behind)
    return OpenElements(argument, method, outer, structure, not any(map(dataset_batches.makes_batches, behind)))


def _is_open(spec: Any) -> bool:
    """Whether the spec of a tensor does not tell its rank; `tf.data` has specs of a `None` as well."""
    return hasattr(spec, "dtype") and getattr(getattr(spec, "shape", ()), "rank", 0) is None


def _structure(step: Any) -> Any | None:
    """An `Element` for each tensor that a step gives; `None` where none can be drawn, or the ranks differ."""
    try:
        drawn = [keras.tree.flatten(each) for each in islice(iter(step), DRAWN)]
    except Exception:  # noqa: BLE001  whatever the user's own generator raises
        return None
    specs = keras.tree.flatten(step.element_spec)
    if not drawn or any(len(each) != len(specs) for each in drawn):
        return None
    leaves = [_element(spec, tensors) for spec, *tensors in zip(specs, *drawn, strict=True)]
    if any(leaf is None for leaf in leaves):
        return None
    return keras.tree.pack_sequence_as(step.element_spec, leaves)


def _element(spec: Any, tensors: Sequence[Any]) -> Element | None:
    if not _is_open(spec):
        shape = getattr(spec, "shape", None)
        return None if shape is None else Element(is_open=False, shape=shape_as_given(spec))
    shapes = [shape_as_given(each) for each in tensors]
    return Element(is_open=True, shape=_common(shapes)) if len(set(map(len, shapes))) == 1 else None


def _common(shapes: Sequence[Shape]) -> Shape:
    """The sizes that all of some shapes have, `None` for those that vary."""
    return tuple(sizes[0] if len(set(sizes)) == 1 else None for sizes in zip(*shapes, strict=True))
