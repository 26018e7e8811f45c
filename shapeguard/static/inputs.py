"""Inputs of models: the tensors that they take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapeguard.layers import Role, classes_for
from shapeguard.static.iterating import size_list
from shapeguard.static.recording import construction_of
from shapeguard.static.values import (
    ANY,
    DictValue,
    Dims,
    Layer,
    ListValue,
    Made,
    Tensor,
)

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable

    from shapeguard.static.given import Given
    from shapeguard.static.machine import Machine
    from shapeguard.static.state import Scope


def made_input(machine: Machine, given: Given, node: ast.AST, scope: Scope) -> Any:
    """The tensor that `keras.Input` gives."""
    made = Made(node, scope.module, tuple(reversed(machine.callers)))
    return input_tensor(machine, input_shape(given), given.get(None, "name"), made, given.get(2, "dtype"))


def input_shape(given: Given) -> Dims | None:
    """The shape that an input declares, batch included."""
    batch_shape = given.get(None, "batch_shape", given.get(None, "batch_input_shape"))
    if batch_shape is not None:
        return size_list(batch_shape)
    if given.is_open:
        return None
    shape = size_list(given.get(0, "shape", ()))
    batch = given.get(1, "batch_size")
    return None if shape is None else (batch if batch is None or isinstance(batch, int) else ANY, *shape)


def input_tensor(machine: Machine, shape: Dims | None, name: Any, made: Made, dtype: Any = None) -> Tensor:
    """The tensor of a new input layer."""
    kind = classes_for(Role.INPUT)[0]
    (tensor,) = machine.recorder.tensors([shape], dtype if isinstance(dtype, str) else "float32")
    arguments = {} if shape is None else {"batch_shape": shape}
    layer = Layer(kind, machine.layer_name(kind, name), arguments, None, made)
    machine.recorder.call(layer, kind, layer.name, [], [tensor], construction=construction_of(layer))
    return tensor


def with_tensors(structure: Any, change: Callable[[Tensor], Any]) -> Any:
    """A nested structure with other tensors in the places of its tensors; `ANY` where it is not known."""
    if isinstance(structure, Tensor):
        return change(structure)
    if isinstance(structure, tuple):
        return tuple(with_tensors(each, change) for each in structure)
    if isinstance(structure, ListValue) and structure.items is not ANY:
        return ListValue.of(tuple(with_tensors(each, change) for each in structure.items))
    if isinstance(structure, DictValue):
        return DictValue.of({key: with_tensors(each, change) for key, each in structure.entries.items()})
    return ANY


def batches(machine: Machine, value: Any) -> Any:
    """Data as a model takes it: the first axis is that of the batch."""

    def batch(tensor: Tensor) -> Tensor:
        shape = None if tensor.shape is None else (None, *tensor.shape[1:])
        return machine.recorder.tensors([shape], tensor.dtype)[0]

    return with_tensors(value, batch)
