"""Functions of numpy and methods of arrays, by way of `keras.ops`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from shapeguard.layers.parameters import function_parameters
from shapeguard.static import operations
from shapeguard.static.data import NUMPY, array, literal_shape
from shapeguard.static.given import Given
from shapeguard.static.iterating import items_of
from shapeguard.static.plain_values import plain_value
from shapeguard.static.values import (
    ANY,
    ListValue,
    Record,
    Tensor,
)

if TYPE_CHECKING:
    import ast

    from shapeguard.static.machine import Machine
    from shapeguard.static.state import Scope

ALIASES = {"append": "append", "amax": "max", "amin": "min", "float_power": "power"}
"""Functions of numpy that `keras.ops` has under another name."""


KEEPING = frozenset({"astype", "copy", "numpy", "view", "clip", "round"})
REDUCING = frozenset({"mean", "sum", "max", "min", "std", "var", "argmax", "argmin", "squeeze", "repeat", "swapaxes"})
RENAMED = {"shape": "newshape", "a": "x", "arrays": "xs", "arr": "x", "reps": "repeats"}
"""Parameters of numpy that `keras.ops` calls otherwise."""


def numpy_call(machine: Machine, name: str, given: Given, node: ast.AST, scope: Scope) -> Any:
    """What a function of numpy gives."""
    if name in NUMPY:
        return NUMPY[name](given)
    if name == "random.default_rng":
        return Record({}, "generator")
    if name == "prod":
        value = plain_value(given.get(0, "a", ANY))
        if isinstance(value, tuple | list) and all(isinstance(each, int) for each in value):
            return math.prod(value)
    return _as_operation(machine, ALIASES.get(name, name), given, node, scope)


def _as_operation(machine: Machine, function: str, given: Given, node: ast.AST, scope: Scope) -> Any:
    """What a function of numpy gives that `keras.ops` has too."""
    parameters = function_parameters(function)
    if parameters is None or "." in function:
        return ANY
    taken = {*parameters.positional, *parameters.keyword_only}
    renamed = {key if key in taken else RENAMED.get(key, key): value for key, value in given.keywords.items()}
    keywords = {key: value for key, value in renamed.items() if key in taken}
    tensors = Given(tuple(map(_as_array, given.args)), keywords, given.is_open)
    return operations.call_operation(machine, function, tensors, node, scope, function)


def _as_array(value: Any) -> Any:
    """A list of numbers as an array; lists of arrays stay lists."""
    if isinstance(value, ListValue) and value.items is not ANY and not any(isinstance(x, Tensor) for x in value.items):
        shape = literal_shape(value)
        return value if shape is None or len(shape) < 2 else array(shape)
    return value


def method(machine: Machine, owner: Tensor, name: str, given: Given, node: ast.AST, scope: Scope) -> Any:
    """What a method of an array gives."""
    if name in KEEPING:
        return Tensor(owner.shape, owner.dtype, owner.index, owner.greatest)
    if owner.is_array and name == "max" and not given.args and not given.keywords:
        return ANY if owner.greatest is None else owner.greatest
    if name in {"flatten", "ravel"}:
        return operations.call_operation(machine, "reshape", Given((owner, (-1,))), node, scope, name)
    if name in {"reshape", "transpose"}:
        spread = given.args if len(given.args) != 1 else given.args[0]
        args = (owner, _tuple(spread)) if given.args else (owner,)
        return operations.call_operation(machine, name, Given(args), node, scope, name)
    if name in REDUCING:
        return operations.call_operation(machine, name, given.behind(owner), node, scope, name)
    return ANY


def _tuple(value: Any) -> Any:
    items = items_of(value)
    return value if items is None else items
