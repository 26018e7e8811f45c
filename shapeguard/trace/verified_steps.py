"""Which step functions were found right for which inputs and expectations, so that a second `fit` costs nothing.

Keras keeps `model.train_function` until the next `compile`; what was verified of it is forgotten when it goes.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import keras

from shapeguard.keras_compat import step_functions
from shapeguard.records.network import Value

if TYPE_CHECKING:
    from collections.abc import Hashable

    from shapeguard.records.network import Feed, Phase

_verified: weakref.WeakKeyDictionary[Any, dict[Hashable, set[Hashable]]] = weakref.WeakKeyDictionary()
_findings: weakref.WeakKeyDictionary[Any, dict[Hashable, Any]] = weakref.WeakKeyDictionary()


def own_function(model: Any, phase: Phase) -> Any | None:
    """The model's step function as Keras made it, below the wrappers that guards have laid over it."""
    function = getattr(model, step_functions.FUNCTIONS[phase])
    while hasattr(function, "below"):
        function = function.below
    return function


def cached(model: Any, feed: Feed, key: Hashable) -> Any | None:
    """What was found for the model's present step function, fed like this, under an equal key; `None` if nothing."""
    function = own_function(model, feed.phase)
    return _findings.get(function, {}).get((key, _fed(feed))) if function is not None else None


def store(model: Any, feed: Feed, key: Hashable, finding: Any) -> None:
    """Keeps a finding for as long as the step function lives; it must hold neither the model nor its layers."""
    function = own_function(model, feed.phase)
    if function is not None and feed.signature is not None:
        _findings.setdefault(function, {})[key, _fed(feed)] = finding


def signatures(model: Any, phase: Phase, key: Hashable) -> set[Hashable]:
    """The input signatures marked so far, to be added to; kept as long as the step function lives."""
    function = own_function(model, phase)
    return _verified.setdefault(function, {}).setdefault(key, set()) if function is not None else set()


def _fed(feed: Feed) -> Hashable:
    return _known(feed.signature), _known(feed.target_structure), feed.loss, feed.batch_size, feed.samples


def _known(structure: Any) -> Hashable:
    """A structure of values as one that can be compared: an absent leaf and the keys of a dict tell it from others."""
    return str(keras.tree.map_structure(lambda leaf: leaf if isinstance(leaf, Value) else None, structure))
