"""Tensors that are made of numbers alone, `ops.arange(n)` and `tf.range(n)`, seen as operations.

They take no tensor, so that no symbolic pass knows of them. While a layer of the user's own is entered, such calls are
calls of the network, with their numbers as arguments.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
from typing import TYPE_CHECKING, Any

from shapeguard.keras_compat import keras_layers
from shapeguard.keras_compat.backend_functions import functions_named_beside, operation_class
from shapeguard.layers.operations import COUNTING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Counted(keras_layers.Operation):
    """Numbers in order, as many as the arguments say; the constructor takes what the user's call took."""

    function: Callable[..., Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        self.config = dict(inspect.signature(type(self)).bind_partial(*args, **kwargs).arguments)

    def get_config(self) -> dict[str, Any]:
        """The arguments by name."""
        return dict(self.config)

    def compute_output_spec(self) -> Any:
        """A symbol of what the function gives."""
        return keras_layers.symbol_of(type(self).function(**self.config))


class Seen:
    """Whether a call was seen so far."""

    def __init__(self) -> None:
        self.any = False


@contextlib.contextmanager
def seen(method: Any, calls: Seen | None) -> Iterator[None]:
    """While it lasts, what the file of a method makes by counting is made by operations, and noted in `calls`."""
    with contextlib.ExitStack() as stack:
        for namespace, name in functions_named_beside(method, ("keras",)) if calls is not None else ():
            function = namespace[name]
            if calls is not None and name in COUNTING and _tells_parameters(function):
                stack.callback(namespace.__setitem__, name, function)
                namespace[name] = _made_by_operation(function, name, calls)
        yield


def _tells_parameters(function: Callable[..., Any]) -> bool:
    """Whether a function has named parameters: PyTorch's do not tell them."""
    with contextlib.suppress(ValueError, TypeError):
        return next(iter(inspect.signature(function).parameters), "") == "start"
    return False


def _made_by_operation(function: Callable[..., Any], name: str, calls: Seen) -> Callable[..., Any]:
    kind = operation_class(name, Counted, inspect.signature(function), function=staticmethod(function))

    @functools.wraps(function, updated=())
    def made(*args: Any, **kwargs: Any) -> Any:
        numbers = (*args, *(value for key, value in kwargs.items() if key not in {"dtype", "name"}))
        if not numbers or not all(type(each) is int for each in numbers):
            return function(*args, **kwargs)
        calls.any = True
        return kind(*args, **kwargs).symbolic_call()

    return made
