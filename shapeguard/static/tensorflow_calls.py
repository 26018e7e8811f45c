"""Functions of TensorFlow, by way of `keras.ops`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapeguard.static import operations
from shapeguard.static.data import literal_shape
from shapeguard.static.given import Given
from shapeguard.static.iterating import size_list
from shapeguard.static.layer_calls import tensors_in
from shapeguard.static.values import (
    ANY,
    Tensor,
)

if TYPE_CHECKING:
    import ast

    from shapeguard.static.machine import Machine
    from shapeguard.static.state import Scope

TENSORFLOW = {
    "concat": "concatenate",
    "reduce_mean": "mean",
    "reduce_sum": "sum",
    "reduce_max": "max",
    "reduce_min": "min",
    "reduce_prod": "prod",
}
"""Functions of TensorFlow that `keras.ops` has under another name."""


SAME = frozenset(
    {
        *("reshape", "expand_dims", "squeeze", "transpose", "stack", "tile", "cast", "matmul", "einsum", "abs", "exp"),
        *("square", "sqrt", "tanh", "sigmoid", "maximum", "minimum", "add", "subtract", "multiply", "divide"),
    }
)
"""Functions of TensorFlow that are called as in `keras.ops`."""


OF_NN = frozenset({"relu", "softmax", "sigmoid", "tanh", "gelu", "silu", "elu", "selu", "leaky_relu", "softplus"})


RENAMED = {"perm": "axes", "values": "xs", "shape": "newshape", "input": "x", "tensor": "x", "a": "x1", "b": "x2"}


def of_tensorflow(machine: Machine, name: str, given: Given, node: ast.AST, scope: Scope) -> Any:
    """A function of TensorFlow that does what one of `keras.ops` does."""
    if name == "shape":
        return operations.shape_of(given.get(0, "input", ANY))
    if name in MAKING:
        return Tensor(size_list(given.get(0, "shape", ANY)), "float32")
    if name in {"constant", "convert_to_tensor"}:
        value = given.get(0, "value", ANY)
        return value if isinstance(value, Tensor) else Tensor(literal_shape(value), "float32")
    function = _name_in_keras(name)
    if function is None or any(given.keywords.get(flag) for flag in FLAGS):
        return _unknown_tensor(machine, given)
    keywords = {RENAMED.get(key, key): value for key, value in given.keywords.items() if key not in {"name", *FLAGS}}
    moved = Given(given.args, keywords, given.is_open)
    return operations.call_operation(machine, function, moved, node, scope, machine.dotted(node, scope.module))


def _unknown_tensor(machine: Machine, given: Given) -> Any:
    """What a function gives that is not followed: a tensor, where it takes one of a network."""
    is_of_network = any(isinstance(each, Tensor) and not each.is_array for each in tensors_in(given.args))
    return machine.recorder.tensors([None])[0] if is_of_network else ANY


MAKING = frozenset({"zeros", "ones", "random.normal", "random.uniform"})
FLAGS = ("transpose_a", "transpose_b", "adjoint_a", "adjoint_b", "conjugate")


def _name_in_keras(name: str) -> str | None:
    """What a function of TensorFlow is called in `keras.ops`."""
    module, _, last = name.rpartition(".")
    if module in {"", "math"} or (module == "nn" and last in OF_NN):
        known = last in SAME or (module != "" and last in OF_NN)
        return TENSORFLOW.get(last, last if known else None)
    return None
