"""Which step functions were found right for which inputs and expectations, so that a second `fit` costs nothing.

Keras keeps `model.train_function` until the next `compile`; what was verified of it is forgotten when it goes.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import keras

from shapeguard import _keras_fit
from shapeguard.records import Value

if TYPE_CHECKING:
    from collections.abc import Hashable

    from shapeguard.observe.feed import Phase
    from shapeguard.records import Feed

_verified: weakref.WeakKeyDictionary[Any, dict[Hashable, set[Hashable]]] = weakref.WeakKeyDictionary()


def is_verified(model: Any, feed: Feed, key: Hashable) -> bool:
    """Whether the model's present step function was marked for the feed's input signature and this key."""
    return feed.signature is not None and _signature(feed) in signatures(model, feed.phase, key)


def mark_verified(model: Any, feed: Feed, key: Hashable) -> None:
    """Remembers that the model's present step function meets the expectations `key` stands for, fed like this."""
    if feed.signature is not None:
        signatures(model, feed.phase, key).add(_signature(feed))


def signatures(model: Any, phase: Phase, key: Hashable) -> set[Hashable]:
    """The input signatures marked so far, to be added to; kept as long as the step function lives."""
    function = getattr(model, _keras_fit.FUNCTIONS[phase])
    return _verified.setdefault(function, {}).setdefault(key, set()) if function is not None else set()


def _signature(feed: Feed) -> Hashable:
    return tuple(leaf for leaf in keras.tree.flatten(feed.signature) if isinstance(leaf, Value))
