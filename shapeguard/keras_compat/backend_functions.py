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
from typing import TYPE_CHECKING, Any, TypeVar

import keras
import numpy as np
from keras.src import backend  # 3.0 to 3.15, backend/*/core.py: `compute_output_spec`

from shapeguard.keras_compat import keras_layers
from shapeguard.layers.operations import counterpart_of
from shapeguard.layers.operations.counterparts import FLAGS
from shapeguard.layers.operations.layouts import TIME_MAJOR
from shapeguard.source import trees

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import ModuleType

    from shapeguard.layers.operations import Counterpart

Kind = TypeVar("Kind", bound=keras_layers.Operation)

_PACKAGES = ("tensorflow", "jax", "torch")
_FORMER_BACKEND = "keras._tf_keras.keras.backend"  # 3.6 to 3.15, src/legacy/backend.py: functions of TensorFlow alone
_WRITTEN_AROUND = ("expand_dims", "squeeze")  # what a repair calls of a module that the file may use for other things
_TAKES_SYMBOLS = "_shapeguard_takes_symbols"


class BackendFunction(keras_layers.Operation):
    """A call of one function of the backend; of each function there is a class of its own.

    The constructor takes what the user's call took. Tensors are left out there and come with the call, by name. The
    class is called as that of the function of `keras.ops` that does the same, if there is one.
    """

    function: Callable[..., Any]
    signature: inspect.Signature
    in_keras: Counterpart | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        given = _bound(self.signature, args, kwargs)
        written = {name: _plain(value) for name, value in given.items() if not _holds_symbols(value)}
        self.config = {**_defaults(self.signature, self.in_keras), **written}

    @property
    def counterpart(self) -> Counterpart | None:
        """The function of `keras.ops` that does the same with these arguments."""
        return self.in_keras if self.in_keras is not None and self.in_keras.holds_for(self.config) else None

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
        return backend.compute_output_spec(self.call, **keras.tree.map_structure(_dense, tensors))


@contextlib.contextmanager
def seen(method: Any) -> Iterator[None]:
    """While it lasts, the functions of the backend that the file of a method names take KerasTensors."""
    places = functions_named_beside(method)
    taking = [_taking_symbols(namespace[name], name) for namespace, name in places]  # signatures before any is replaced
    with contextlib.ExitStack() as stack:
        for (namespace, name), function in zip(places, taking, strict=True):
            stack.callback(namespace.__setitem__, name, namespace[name])
            namespace[name] = function
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
    for node in source.calls.values():
        for place in _places_of(node.func, home, (*_PACKAGES, *packages)):
            found[id(place[0]), place[1]] = place
    return list(found.values())


def _places_of(node: ast.expr, home: dict[str, Any], packages: tuple[str, ...]) -> Iterator[tuple[dict[str, Any], str]]:
    """Where the function is that is called, and those of the same module that may be written around it."""
    place = _place_of(node, home, packages)
    if place is not None:
        yield place
        beside = _WRITTEN_AROUND if isinstance(node, ast.Attribute) else ()
        yield from ((place[0], name) for name in beside if _is_function(place[0].get(name)))


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
    name = named.__name__ if inspect.ismodule(named) else ""
    return named if name.partition(".")[0] in packages or name == _FORMER_BACKEND else None


def _is_function(value: Any) -> bool:
    """Whether this is a function and not a class or a module, which programs compare and subclass.

    A function that takes KerasTensors already, as a step around does, is left alone.
    """
    is_plain = callable(value) and not inspect.isclass(value) and not isinstance(value, BackendFunction)
    return is_plain and not getattr(value, _TAKES_SYMBOLS, False)


def _taking_symbols(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    kind = _class_of(function, name)

    @functools.wraps(function, updated=())
    def taking_symbols(*args: Any, **kwargs: Any) -> Any:
        if not _holds_symbols((args, kwargs)):
            return function(*args, **kwargs)
        args, kwargs = _with_open_size(kind, args, kwargs)
        given = _bound(kind.signature, args, kwargs)
        tensors = {key: value for key, value in given.items() if _holds_symbols(value)}
        if name == "shape" and keras.config.backend() == "tensorflow":
            return _sizes(next(iter(tensors.values())), lambda: kind(*args, **kwargs)(**tensors))
        return kind(*args, **kwargs)(**tensors)

    vars(taking_symbols)[_TAKES_SYMBOLS] = True
    return taking_symbols


_classes: dict[Any, type[BackendFunction]] = {}


def _class_of(function: Callable[..., Any], name: str) -> type[BackendFunction]:
    """The class of the calls of a function."""
    if function not in _classes:
        in_keras = counterpart_of(keras.config.backend(), name)
        signature = _with_parameters(_signature_of(function), in_keras)
        in_keras = None if in_keras is None else in_keras.among(signature.parameters)
        kind = name if in_keras is None or not in_keras.kind else in_keras.kind
        _classes[function] = operation_class(
            kind, BackendFunction, signature, function=staticmethod(function), signature=signature, in_keras=in_keras
        )
    return _classes[function]


def _sizes(tensor: Any, symbol: Callable[[], Any]) -> Any:
    """`tf.shape(x)`: the sizes that are known as numbers, as `keras.ops.shape` has them, the others symbolic."""
    sizes = tensor.shape
    if None not in sizes:
        return np.array(sizes, "int32")
    open_sizes = symbol()
    return tuple(open_sizes[axis] if size is None else size for axis, size in enumerate(sizes))


def _defaults(signature: inspect.Signature, in_keras: Counterpart | None) -> dict[str, Any]:
    """The flags and numbers that Keras' counterpart knows, or that make another function of it, by default."""
    known = (TIME_MAJOR,) if in_keras is None else (*FLAGS, *in_keras.names, "axis", "keepdims")
    own = {name: parameter.default for name, parameter in signature.parameters.items() if name in known}
    return {name: default for name, default in own.items() if isinstance(default, bool | int)}


def _dense(leaf: Any) -> Any:
    """The symbol of a dense tensor: Keras calls the product of a number and a tensor sparse (3.0 to 3.15)."""
    if not isinstance(leaf, keras_layers.KerasTensor) or not leaf.sparse:
        return leaf
    return keras_layers.KerasTensor(leaf.shape, dtype=leaf.dtype)


def _with_open_size(
    kind: type[BackendFunction], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments, where the one size of a new shape that is symbolic, mostly that of the batch, is what is left."""
    sizes = _new_shape(kind, _bound(kind.signature, args, kwargs))
    left = None if sizes is None else _with_left_over(sizes)
    if left is None:
        return args, kwargs
    in_order = tuple(left if value is sizes else value for value in args)
    return in_order, {name: left if value is sizes else value for name, value in kwargs.items()}


def _new_shape(kind: type[BackendFunction], given: dict[str, Any]) -> Sequence[Any] | None:
    """The sizes that a reshape is given, one by one."""
    names = {} if kind.in_keras is None else kind.in_keras.names
    sizes = next((given.get(own) for own, name in names.items() if name == "newshape"), None)
    return sizes if isinstance(sizes, list | tuple) else None


def _with_left_over(sizes: Sequence[Any]) -> tuple[Any, ...] | None:
    """The sizes with -1 for the one that is symbolic; `None` if there is none, several, or a -1 already."""
    plain = tuple(-1 if _holds_symbols(size) else _plain(size) for size in sizes)
    is_one = [_holds_symbols(size) for size in sizes].count(True) == 1
    return plain if is_one and plain.count(-1) == 1 else None


def _plain(value: Any) -> Any:
    """Numbers that arrays, or eager tensors, hold as they are in a literal."""
    if isinstance(value, list | tuple):
        return type(value)(map(_plain, value)) if type(value) in {list, tuple} else value
    is_whole = hasattr(value, "__array__") and "int" in str(getattr(value, "dtype", "")) and len(value.shape) <= 1
    return np.asarray(value).tolist() if is_whole else value


def operation_class(name: str, base: type[Kind], taken: inspect.Signature, **attributes: Any) -> type[Kind]:
    """A class of operation whose constructor takes what a function of this signature does, and tells so."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        base.__init__(self, *args, **kwargs)

    own = [inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY), *taken.parameters.values()]
    __init__.__signature__ = inspect.Signature(own)  # type: ignore[attr-defined]
    return type(name, (base,), {"__init__": __init__, "__module__": base.__module__, **attributes})


def _signature_of(function: Callable[..., Any]) -> inspect.Signature:
    """The parameters of a function; of one that is not written in Python and does not tell them, any."""
    with contextlib.suppress(ValueError, TypeError):
        parameters = list(inspect.signature(_described(function)).parameters.values())
        if parameters and parameters[0].kind is not inspect.Parameter.VAR_POSITIONAL:
            return inspect.Signature([p.replace(name="input") if p.name == "self" else p for p in parameters])
    return inspect.signature(_any_arguments)


def _with_parameters(signature: inspect.Signature, in_keras: Counterpart | None) -> inspect.Signature:
    """The parameters, and those that PyTorch does not tell of its own function: `keepdim` of `torch.mean`."""
    known = set() if in_keras is None else {in_keras.names.get(name, name) for name in signature.parameters}
    if in_keras is None or "keepdims" in known or "axis" not in known:
        return signature
    lacking = next((own for own, name in in_keras.names.items() if name == "keepdims"), None)
    if lacking is None:
        return signature
    flag = inspect.Parameter(lacking, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=False)
    return inspect.Signature([*signature.parameters.values(), flag])


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
