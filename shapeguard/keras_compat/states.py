"""What work on the side must leave as it was: random states, counters behind names, variables, layers' attributes."""

from __future__ import annotations

import collections
import contextlib
import random
import warnings
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from shapeguard.strict import ShapeGuardWarning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


@contextlib.contextmanager
def keeping_names() -> Iterator[None]:
    """What is named inside moves neither the counters behind automatic names nor any random state.

    Random states are Python's, NumPy's, the backend's own, and whether Keras has a global seed generator.
    """
    from keras.src.backend.common import global_state  # noqa: PLC0415  3.0 to 3.15, backend/common/global_state.py

    counters = global_state.get_global_attribute("object_name_uids")
    kept = None if counters is None else dict(counters)
    generator = global_state.get_global_attribute("global_seed_generator")  # 3.0 to 3.15, random/seed_generator.py
    put_back = random_states()
    try:
        yield
    finally:
        put_back()
        global_state.set_global_attribute("global_seed_generator", generator)
        if kept is not None:
            counters.clear()
            counters.update(kept)


def random_states() -> Callable[[], None]:
    """Keeps the random states of Python, NumPy and the backend; call the result to put them back."""
    of_python, of_numpy, of_backend = random.getstate(), np.random.get_state(), _backend_random_state()  # noqa: NPY002

    def put_back() -> None:
        random.setstate(of_python)
        np.random.set_state(of_numpy)  # noqa: NPY002
        of_backend()

    return put_back


def _backend_random_state() -> Callable[[], object]:
    """Keeps the random state that the backend's own functions draw from; call the result to put it back."""
    if keras.config.backend() == "torch":
        import torch  # noqa: PLC0415  loaded already: it is the backend

        state = torch.get_rng_state()
        return lambda: torch.set_rng_state(state)
    if keras.config.backend() == "tensorflow":
        from tensorflow.python.eager import context  # noqa: PLC0415  loaded already: it is the backend

        seeds = getattr(context.context(), "_rng", None)  # TensorFlow 2.18 to 2.21, python/eager/context.py
        if isinstance(seeds, random.Random):
            state = seeds.getstate()
            return lambda: seeds.setstate(state)
    return lambda: None


def outside_traces() -> contextlib.AbstractContextManager[object]:
    """Inside, variables have their values, also where TensorFlow is tracing a function."""
    if keras.config.backend() != "tensorflow":
        return contextlib.nullcontext()
    import tensorflow as tf  # noqa: PLC0415  loaded already: it is the backend

    scope: contextlib.AbstractContextManager[object] = tf.init_scope()
    return scope


@contextlib.contextmanager
def leaving_no_mark(layers: Iterable[Any] = (), *, stateless: bool = True) -> Iterator[None]:
    """Whatever runs inside allocates no weights and changes no variable, random state or counter behind names.

    Of `layers`, the attributes are put back too, and what is in their lists, dicts and sets; so that a layer which
    is built inside is not built afterwards. Not `stateless`: variables may be made and assigned, as where a stateful
    recurrent layer is built, which Keras refuses to do in a stateless scope. What warns inside has warned the user
    already, or would not have.
    """
    from keras.src.backend.common import global_state  # noqa: PLC0415  3.0 to 3.15, backend/common/global_state.py

    waiting = global_state.get_global_attribute("uninitialized_variables")  # 3.0 to 3.15, backend/common/variables.py
    kept, attributes = list(waiting or ()), [_attributes_of(layer) for layer in layers]
    try:
        scope = keras.StatelessScope(initialize_variables=False) if stateless else contextlib.nullcontext()
        with keeping_names(), scope, _warning_of_ours_only():
            yield
    finally:
        global_state.set_global_attribute("uninitialized_variables", kept)
        for put_back in attributes:
            put_back()


@contextlib.contextmanager
def _warning_of_ours_only() -> Iterator[None]:
    """Drops the warnings of others; ours are given when the block ends."""
    caught: list[warnings.WarningMessage] = []
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield
    finally:
        for each in caught:
            if issubclass(each.category, ShapeGuardWarning):
                warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)


def _attributes_of(layer: Any) -> Callable[[], None]:
    """Keeps the attributes of a layer and what its containers hold; call the result to put them back."""
    tracker = getattr(layer, "_tracker", None)  # 3.0 to 3.15, layers/layer.py and utils/tracking.py
    owners = [vars(each) for each in (layer, tracker) if each is not None]
    containers: list[Any] = [*owners, *(value for owner in owners for value in owner.values())]
    containers += list(getattr(tracker, "stored_ids", {}).values())
    kept = [(each, _copied(each)) for each in map(_unwrapped, containers) if isinstance(each, list | dict | set)]

    def put_back() -> None:
        for container, content in kept:
            _refill(container, content)

    return put_back


def _unwrapped(container: Any) -> Any:
    """What TensorFlow has wrapped when it was assigned to a layer (trackable/data_structures.py, 2.18 to 2.21)."""
    return getattr(container, "_storage", getattr(container, "__wrapped__", container))


def _copied(container: Any) -> Any:
    """What a list, dict or set holds, past the methods by which Keras tracks what is put into it."""
    if isinstance(container, list):
        return list(container)
    return dict(container) if isinstance(container, dict) else set(container)


def _refill(container: Any, content: Any) -> None:
    if isinstance(container, list):
        list.__setitem__(container, slice(None), content)
        return
    kind: Any = next(kind for kind in (collections.OrderedDict, dict, set) if isinstance(container, kind))
    kind.clear(container)
    if isinstance(container, set):
        set.update(container, content)
        return
    for key, value in content.items():
        kind.__setitem__(container, key, value)
