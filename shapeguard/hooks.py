"""One permanent, dormant patch on Keras' call paths; whoever observes adds an interceptor while it looks.

Patching at each use would cost 17 us a step through type cache invalidation, a dormant patch 0.2 us.
"""

from __future__ import annotations

import contextlib
import functools
import os
import threading
from typing import TYPE_CHECKING, Any, Protocol

from shapeguard import _keras

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
_installed = False


@contextlib.contextmanager
def intercepting(interceptor: Interceptor) -> Iterator[None]:
    """Sends every forward call through `interceptor`, the newest first, in every thread, until the block ends."""
    global _interceptors  # noqa: PLW0603
    install()
    with _lock:
        _interceptors = (*_interceptors, interceptor)
    try:
        yield
    finally:
        with _lock:
            index = max(i for i, other in enumerate(_interceptors) if other is interceptor)
            _interceptors = (*_interceptors[:index], *_interceptors[index + 1 :])


def active() -> bool:
    """Whether any interceptor is in place."""
    return bool(_interceptors)


def install() -> None:
    """Patches `Layer.__call__` and `Operation.symbolic_call` once; later calls do nothing."""
    global _installed  # noqa: PLW0603
    with _lock:
        if _installed:
            return
        _installed = True
        _patch_layer_call()
        _patch_operation_call()
        _keras.exclude_from_tracebacks(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # noqa: PTH100, PTH120


def _through(
    interceptors: tuple[Interceptor, ...], original: Callable[..., Any], operation: Any
) -> Callable[..., Any]:
    if not interceptors:
        return functools.partial(original, operation)
    outer, inner = interceptors[-1], interceptors[:-1]

    def proceed(*args: Any, **kwargs: Any) -> Any:
        return outer(_through(inner, original, operation), operation, args, kwargs)

    return proceed


def _patch_layer_call() -> None:
    original = _keras.Layer.__call__
    unfiltered = _keras.without_filter(original)

    def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N807
        if not _interceptors:
            return unfiltered(self, *args, **kwargs)
        return _through(_interceptors, unfiltered, self)(*args, **kwargs)

    functools.update_wrapper(__call__, unfiltered)
    _keras.Layer.__call__ = _keras.filtered(__call__)


def _patch_operation_call() -> None:
    original = _keras.Operation.symbolic_call

    @functools.wraps(original)
    def symbolic_call(self: Any, *args: Any, **kwargs: Any) -> Any:
        if not _interceptors or isinstance(self, _keras.Layer):
            return original(self, *args, **kwargs)
        return _through(_interceptors, original, self)(*args, **kwargs)

    _keras.Operation.symbolic_call = symbolic_call
