"""Functions of TensorFlow, by way of `keras.ops`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapeguard.layers.operations import Counterpart, counterpart_of
from shapeguard.layers.operations.counterparts import FLAGS
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


def of_tensorflow(machine: Machine, name: str, given: Given, node: ast.AST, scope: Scope) -> Any:
    """A function of TensorFlow that does what one of `keras.ops` does."""
    if name == "shape":
        return operations.shape_of(given.get(0, "input", ANY))
    if name in MAKING:
        return Tensor(size_list(given.get(0, "shape", ANY)), "float32")
    if name in {"constant", "convert_to_tensor"}:
        value = given.get(0, "value", ANY)
        return value if isinstance(value, Tensor) else Tensor(literal_shape(value), "float32")
    counterpart = _in_keras(name)
    in_order = {} if counterpart is None else dict(zip(counterpart.names, given.args, strict=False))
    if counterpart is None or not counterpart.holds_for({**in_order, **given.keywords}):
        return _unknown_tensor(machine, given)
    keywords = counterpart.renamed({key: each for key, each in given.keywords.items() if key not in {"name", *FLAGS}})
    moved = Given(given.args, {**counterpart.defaults_behind(len(given.args)), **keywords}, given.is_open)
    where = machine.dotted(node, scope.module)
    return operations.call_operation(machine, counterpart.function, moved, node, scope, where)


def _unknown_tensor(machine: Machine, given: Given) -> Any:
    """What a function gives that is not followed: a tensor, where it takes one of a network."""
    is_of_network = any(isinstance(each, Tensor) and not each.is_array for each in tensors_in(given.args))
    return machine.recorder.tensors([None])[0] if is_of_network else ANY


MAKING = frozenset({"zeros", "ones", "random.normal", "random.uniform"})


def _in_keras(name: str) -> Counterpart | None:
    """What a function of TensorFlow is in `keras.ops`."""
    module, _, last = name.rpartition(".")
    return counterpart_of("tensorflow", last) if module in {"", "math", "nn"} else None
