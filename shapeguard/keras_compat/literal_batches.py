"""Tensors that a program makes for a batch of a size that it writes as a number, seen as operations.

`ops.zeros((32, units))` takes no tensor, so that no symbolic pass knows of it. While a layer of the user's own is
entered on a batch of another size, such calls are calls of the network, with their shape as an argument.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
from typing import TYPE_CHECKING, Any

from shapeguard.keras_compat import keras_layers
from shapeguard.keras_compat.backend_functions import functions_named_beside
from shapeguard.layers.operations import SHAPES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shapeguard.records.network import Batches


class OfBatch(keras_layers.Operation):
    """A tensor that is made of no other, for a batch of a size that is written as a number.

    The constructor takes the shape by the name that it has in the user's call.
    """

    parameter: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        bound = inspect.signature(type(self)).bind_partial(*args, **kwargs).arguments
        self.config = {self.parameter: tuple(bound[self.parameter])}
        self.dtype_made = str(bound.get("dtype") or "float32")

    def get_config(self) -> dict[str, Any]:
        """The shape, by the name of its parameter."""
        return dict(self.config)

    def compute_output_spec(self) -> Any:
        """A symbol of that shape."""
        return keras_layers.KerasTensor(self.config[self.parameter], dtype=self.dtype_made)


@contextlib.contextmanager
def seen(method: Any, batches: Batches | None) -> Iterator[None]:
    """While it lasts, what the file of a method makes for a batch of the written size is made by operations."""
    with contextlib.ExitStack() as stack:
        for namespace, name in functions_named_beside(method, ("keras",)) if batches is not None else ():
            function = namespace[name]
            parameter = _shape_of(function)
            if batches is not None and parameter is not None:
                stack.callback(namespace.__setitem__, name, function)
                namespace[name] = _made_by_operation(function, name, parameter, batches)
        yield


def _shape_of(function: Callable[..., Any]) -> str | None:
    """The parameter of a function that takes the shape of what it makes; `None` of one that takes a tensor first."""
    with contextlib.suppress(ValueError, TypeError):
        parameters = list(inspect.signature(function).parameters)
        return parameters[0] if parameters and parameters[0] in SHAPES else None
    return None


def _made_by_operation(function: Callable[..., Any], name: str, parameter: str, batches: Batches) -> Callable[..., Any]:
    kind = _class_of(function, name, parameter)

    @functools.wraps(function, updated=())
    def made(*args: Any, **kwargs: Any) -> Any:
        shape: Any = kwargs.get(parameter, args[0] if args else None)
        is_shape = isinstance(shape, list | tuple) and bool(shape) and isinstance(shape[0], int)
        if not is_shape or shape[0] != batches.written or keras_layers.any_symbolic_tensors(args, kwargs):
            return function(*args, **kwargs)
        return kind(*args, **kwargs).symbolic_call()

    return made


def _class_of(function: Callable[..., Any], name: str, parameter: str) -> type[OfBatch]:
    """The class of what a function makes."""
    signature = inspect.signature(function)

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        OfBatch.__init__(self, *args, **kwargs)

    own = [inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY), *signature.parameters.values()]
    __init__.__signature__ = inspect.Signature(own)  # type: ignore[attr-defined]
    namespace = {"__init__": __init__, "parameter": parameter, "__module__": __name__}
    return type(name, (OfBatch,), namespace)
