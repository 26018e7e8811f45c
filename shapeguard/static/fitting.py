"""What data tells of a model that waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapeguard.static.given import Given
from shapeguard.static.inputs import batches
from shapeguard.static.layer_calls import tensors_in
from shapeguard.static.model_calls import applied_layer, called
from shapeguard.static.values import (
    Function,
    Instance,
    Model,
    Tensor,
)

if TYPE_CHECKING:
    import ast

    from shapeguard.static.machine import Machine
    from shapeguard.static.state import Scope


def fitted(machine: Machine, model: Any, x: Any, node: ast.AST, scope: Scope, y: Any = None) -> None:
    """A model is given data: one that waits for its input is built now."""
    tensors = list(tensors_in(x))
    own = model.cells.get("(own)") if isinstance(model, Instance) else model
    step = model.of.lookup("train_step") if isinstance(model, Instance) else None
    if not tensors or not all(isinstance(each, Tensor) for each in tensors):
        return
    if isinstance(step, Function):
        given = batches(machine, x)
        machine.call_function(step, Given((model, given if y is None else (given, batches(machine, y)))), node, scope)
    elif isinstance(own, Model):
        build(machine, own, x)
    elif isinstance(model, Instance) and isinstance(model.of.lookup("call"), Function):
        called(machine, model, Given((batches(machine, x),)), node, scope, model.name)


def build(machine: Machine, model: Model, x: Any) -> None:
    """A Sequential without an input is built for its data."""
    if model.kind != "Sequential" or model.cells["output"] is not None or not model.cells["is_known"]:
        return
    output = given = batches(machine, x)
    for layer in model.cells["layers"]:
        output = applied_layer(machine, layer, output)
    machine.state.set(model.cells, "output", output)
    machine.state.set(model.cells, "input", given)
