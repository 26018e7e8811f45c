"""Patches on Keras' call paths that exist only while somebody looks.

Putting them in place and taking them away costs about 20 us (type caches are invalidated); a call of a layer then costs
nothing while nobody looks, which a permanent patch could not say: it would be a frame a layer call in eager modes.
"""

from __future__ import annotations

import contextlib
import functools
import threading
from typing import TYPE_CHECKING, Any, Protocol

from shapeguard.keras_compat import keras_layers, tracebacks
from shapeguard.keras_compat.import_hook import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Interceptor(Protocol):
    """Sees every forward call of a layer or functional operation; must return what `proceed` returned or its like."""

    def __call__(
        self, proceed: Callable[..., Any], operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Makes the call by `proceed(*args, **kwargs)` and looks at what it takes, returns or raises."""


_lock = threading.Lock()
_interceptors: tuple[Interceptor, ...] = ()


@contextlib.contextmanager
def intercepting(interceptor: Interceptor) -> Iterator[None]:
    """Sends every forward call through `interceptor`, the newest first, in every thread, until the block ends."""
    global _interceptors  # noqa: PLW0603
    with _lock:
        _interceptors = (*_interceptors, interceptor)
        if len(_interceptors) == 1:
            _put_in_place()
    try:
        yield
    finally:
        with _lock:
            index = max(i for i, other in enumerate(_interceptors) if other is interceptor)
            _interceptors = (*_interceptors[:index], *_interceptors[index + 1 :])
            if not _interceptors:
                _take_away()


def active() -> bool:
    """Whether any interceptor is in place."""
    return bool(_interceptors)


def _through(interceptors: tuple[Interceptor, ...], original: Callable[..., Any], operation: Any) -> Callable[..., Any]:
    if not interceptors:
        return functools.partial(original, operation)
    outer, inner = interceptors[-1], interceptors[:-1]

    def proceed(*args: Any, **kwargs: Any) -> Any:
        return outer(_through(inner, original, operation), operation, args, kwargs)

    return proceed


def through_interceptors(function: Callable[..., Any], operation: Any, *args: Any, **kwargs: Any) -> Any:
    """Calls `function(operation, ...)` so that interceptors see it as a forward call of `operation`."""
    return _through(_interceptors, function, operation)(*args, **kwargs)


def _layer_call(original: Callable[..., Any]) -> Callable[..., Any]:
    """`Layer.__call__`; ours lies below Keras' traceback filter, which then drops our frame."""
    unfiltered = tracebacks.without_filter(original)

    @functools.wraps(unfiltered)
    def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N807
        return _through(_interceptors, unfiltered, self)(*args, **kwargs)

    return tracebacks.filtered(__call__)


def _operation_call(original: Callable[..., Any]) -> Callable[..., Any]:
    """`Operation.__call__`, for the operations of a Functional graph; a layer was seen in `Layer.__call__`."""
    unfiltered = tracebacks.without_filter(original)

    @functools.wraps(unfiltered)
    def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N807
        if isinstance(self, keras_layers.Layer):
            return unfiltered(self, *args, **kwargs)
        if keras_layers.any_symbolic_tensors(args, kwargs):  # seen in `symbolic_call`
            return unfiltered(self, *args, **kwargs)
        return _through(_interceptors, unfiltered, self)(*args, **kwargs)

    return tracebacks.filtered(__call__)


def _symbolic_call(original: Callable[..., Any]) -> Callable[..., Any]:
    """`Operation.symbolic_call`, for operations on KerasTensors."""

    @functools.wraps(original)
    def symbolic_call(self: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(self, keras_layers.Layer):
            return original(self, *args, **kwargs)
        return _through(_interceptors, original, self)(*args, **kwargs)

    return symbolic_call


def _stateless_call(original: Callable[..., Any]) -> Callable[..., Any]:
    """`Layer.stateless_call`, by which JAX training calls the model: it goes to `call` and past `__call__`."""

    @functools.wraps(original)
    def stateless_call(
        self: Any, trainable_variables: Any, non_trainable_variables: Any, *args: Any, **kwargs: Any
    ) -> Any:
        return_losses = kwargs.pop("return_losses", False)
        state: tuple[Any, ...] = ()

        def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
            nonlocal state
            outputs, *rest = original(
                layer, trainable_variables, non_trainable_variables, *args, return_losses=return_losses, **kwargs
            )
            state = tuple(rest)
            return outputs

        outputs = _through(_interceptors, call, self)(*args, **kwargs)
        return (outputs, *state)

    return stateless_call


_PATCHES: tuple[tuple[type, str, Callable[[Callable[..., Any]], Callable[..., Any]]], ...] = (
    (keras_layers.Layer, "__call__", _layer_call),
    (keras_layers.Operation, "__call__", _operation_call),
    (keras_layers.Operation, "symbolic_call", _symbolic_call),
    (keras_layers.Layer, "stateless_call", _stateless_call),
)
_originals: list[tuple[type, str, Callable[..., Any], Callable[..., Any]]] = []


def _put_in_place() -> None:
    tracebacks.exclude_from_tracebacks(PACKAGE)
    for owner, name, patched in _PATCHES:
        original = vars(owner)[name]
        ours = patched(original)
        setattr(owner, name, ours)
        _originals.append((owner, name, original, ours))


def _take_away() -> None:
    """Restores what stood there before; where somebody else has patched over us, theirs stays and calls ours."""
    for owner, name, original, ours in _originals:
        if vars(owner)[name] is ours:
            setattr(owner, name, original)
    _originals.clear()
