"""The backend's own functions (`tf.reshape`, `jnp.einsum`, `torch.cat`), seen as operations while a model is replayed.

They refuse KerasTensors, so that a `call` which uses them could not be run on shapes. While a layer of the user's own
is entered, those that its file names take KerasTensors: the backend itself tells what shapes come out. Any other
argument goes to the function as before.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import inspect
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import keras
from keras.src import backend  # 3.0 to 3.15, backend/*/core.py: `compute_output_spec`

from shapeguard.keras_compat import keras_layers
from shapeguard.source import trees

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import ModuleType

_PACKAGES = ("tensorflow", "jax", "torch")
_TAKES_SYMBOLS = "_shapeguard_takes_symbols"


class BackendFunction(keras_layers.Operation):
    """A call of one function of the backend; of each function there is a class of its own.

    The constructor takes what the user's call took. Tensors are left out there and come with the call, by name.
    """

    function: Callable[..., Any]
    signature: inspect.Signature

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        given = _bound(self.signature, args, kwargs)
        self.config = {name: value for name, value in given.items() if not _holds_symbols(value)}

    def get_config(self) -> dict[str, Any]:
        """The arguments that are no tensors, by name."""
        return dict(self.config)

    def call(self, **tensors: Any) -> Any:
        """What the function gives."""
        given = {**self.config, **tensors}
        in_order = OrderedDict((name, given[name]) for name in self.signature.parameters if name in given)
        bound = inspect.BoundArguments(self.signature, in_order)
        return type(self).function(*bound.args, **bound.kwargs)

    def compute_output_spec(self, **tensors: Any) -> Any:
        """The same on KerasTensors: the backend traces the function."""
        return backend.compute_output_spec(self.call, **tensors)


@contextlib.contextmanager
def seen(method: Any) -> Iterator[None]:
    """While it lasts, the functions of the backend that the file of a method names take KerasTensors."""
    with contextlib.ExitStack() as stack:
        for namespace, name in functions_named_beside(method):
            function = namespace[name]
            stack.callback(namespace.__setitem__, name, function)
            namespace[name] = _taking_symbols(function, name)
        yield


def functions_named_beside(method: Any, packages: tuple[str, ...] = ()) -> list[tuple[dict[str, Any], str]]:
    """(namespace, name) of each function of the backend, and of other `packages`, that the file of a method names.

    The namespace is that of a module, as in `tf.matmul(x, y)`, or of the file, behind `from tensorflow import matmul`.
    """
    call = inspect.unwrap(method)
    code, home = getattr(call, "__code__", None), getattr(call, "__globals__", {})
    source = None if code is None else trees.source_for(code)
    if source is None:
        return []
    found: dict[tuple[int, str], tuple[dict[str, Any], str]] = {}
    for node in ast.walk(source.tree):
        place = _place_of(node.func, home, (*_PACKAGES, *packages)) if isinstance(node, ast.Call) else None
        if place is not None:
            found[id(place[0]), place[1]] = place
    return list(found.values())


def _place_of(node: ast.expr, home: dict[str, Any], packages: tuple[str, ...]) -> tuple[dict[str, Any], str] | None:
    """(namespace, name) of a function of these packages that is called; `None` of any other."""
    match node:
        case ast.Attribute(value=around, attr=name):
            owner = _module_named(around, home, packages)
            is_there = owner is not None and _is_function(getattr(owner, name, None))
            return (vars(owner), name) if is_there and name in vars(owner) else None
        case ast.Name(id=name):
            module = str(getattr(home.get(name), "__module__", "")).partition(".")[0]
            return (home, name) if module in packages and _is_function(home[name]) else None
        case _:
            return None


def _module_named(node: ast.expr, home: Mapping[str, Any], packages: tuple[str, ...]) -> ModuleType | None:
    """The module of these packages that an expression such as `tf.nn` names; `None` if it names anything else."""
    if isinstance(node, ast.Name):
        named = home.get(node.id)
    elif isinstance(node, ast.Attribute):
        around = _module_named(node.value, home, packages)
        named = None if around is None else getattr(around, node.attr, None)
    else:
        return None
    is_of_package = inspect.ismodule(named) and named.__name__.partition(".")[0] in packages
    return named if is_of_package else None


def _is_function(value: Any) -> bool:
    """Whether this is a function and not a class or a module, which programs compare and subclass.

    A function that takes KerasTensors already, as a step around does, is left alone.
    """
    is_plain = callable(value) and not inspect.isclass(value) and not isinstance(value, BackendFunction)
    return is_plain and not getattr(value, _TAKES_SYMBOLS, False)


def _taking_symbols(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    @functools.wraps(function, updated=())
    def taking_symbols(*args: Any, **kwargs: Any) -> Any:
        if not _holds_symbols((args, kwargs)):
            return function(*args, **kwargs)
        kind = _class_of(function, name)
        given = _bound(kind.signature, args, kwargs)
        return kind(*args, **kwargs)(**{key: value for key, value in given.items() if _holds_symbols(value)})

    vars(taking_symbols)[_TAKES_SYMBOLS] = True
    return taking_symbols


_classes: dict[Any, type[BackendFunction]] = {}


def _class_of(function: Callable[..., Any], name: str) -> type[BackendFunction]:
    """The class of the calls of a function."""
    if function not in _classes:
        signature = _signature_of(function)

        def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
            BackendFunction.__init__(self, *args, **kwargs)

        own = [inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY), *signature.parameters.values()]
        __init__.__signature__ = inspect.Signature(own)  # type: ignore[attr-defined]
        namespace = {"__init__": __init__, "function": staticmethod(function), "signature": signature}
        _classes[function] = type(name, (BackendFunction,), {**namespace, "__module__": __name__})
    return _classes[function]


def _signature_of(function: Callable[..., Any]) -> inspect.Signature:
    """The parameters of a function; of one that is not written in Python and does not tell them, any."""
    with contextlib.suppress(ValueError, TypeError):
        parameters = list(inspect.signature(_described(function)).parameters.values())
        if parameters and parameters[0].kind is not inspect.Parameter.VAR_POSITIONAL:
            return inspect.Signature(parameters)
    return inspect.signature(_any_arguments)


def _bound(signature: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments by name, also those that the function takes by position alone and that a config has by name."""
    by_name = {inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY}
    parameters = signature.parameters
    alone = {key for key in kwargs if key in parameters and parameters[key].kind not in by_name}
    bound = signature.bind_partial(*args, **{key: value for key, value in kwargs.items() if key not in alone})
    return {**bound.arguments, **{key: kwargs[key] for key in alone}}


def _described(function: Callable[..., Any]) -> Callable[..., Any]:
    """What has the function's signature: PyTorch tells those of its own functions by others."""
    if keras.config.backend() != "torch":
        return function
    import torch  # noqa: PLC0415  loaded already: it is the backend

    described: Callable[..., Any] = torch.overrides.get_testing_overrides().get(function, function)
    return described


def _any_arguments(*args: Any, **kwargs: Any) -> None:
    del args, kwargs


def _holds_symbols(structure: Any) -> bool:
    return any(isinstance(leaf, keras_layers.KerasTensor) for leaf in keras.tree.flatten(structure))
