"""What data tells of a model that waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapeguard.diagnosis.target_shapes import accepts
from shapeguard.layers.losses import SHORT
from shapeguard.records.targets import CompiledLoss
from shapeguard.source.imports import canonical
from shapeguard.spec import shapes_agree
from shapeguard.static.given import Given
from shapeguard.static.inputs import batches
from shapeguard.static.layer_calls import tensors_in
from shapeguard.static.model_calls import applied_layer, called
from shapeguard.static.recording import Compared
from shapeguard.static.values import (
    ANY,
    Function,
    Instance,
    ListValue,
    Model,
    Named,
    Record,
    Tensor,
)

if TYPE_CHECKING:
    import ast

    from shapeguard.records.network import Shape
    from shapeguard.records.source import Span
    from shapeguard.static.machine import Machine
    from shapeguard.static.state import Scope


def fitted(machine: Machine, model: Any, x: Any, node: ast.AST, scope: Scope, y: Any = None) -> None:
    """A model is given data: one that waits for its input is built now."""
    tensors = list(tensors_in(x))
    own = model.cells.get("(own)") if isinstance(model, Instance) else model
    x = _only_array(x)
    step = model.of.lookup("train_step") if isinstance(model, Instance) else None
    if not tensors or not all(isinstance(each, Tensor) for each in tensors):
        return
    _compare(machine, own, x, y, scope.module.span(node))
    if isinstance(step, Function):
        given = batches(machine, x)
        machine.call_function(step, Given((model, given if y is None else (given, batches(machine, y)))), node, scope)
    elif isinstance(own, Model):
        build(machine, own, x)
    elif isinstance(model, Instance) and isinstance(model.of.lookup("call"), Function):
        called(machine, model, Given((batches(machine, x),)), node, scope, model.name)


def _only_array(x: Any) -> Any:
    """The array in a list of one, as it is given to a model of one input; anything else as it is."""
    is_single = isinstance(x, ListValue) and x.items is not ANY and len(x.items) == 1
    return x.items[0] if is_single and isinstance(x.items[0], Tensor) else x


def build(machine: Machine, model: Model, x: Any) -> None:
    """A Sequential without an input is built for its data."""
    if model.kind != "Sequential" or model.cells["output"] is not None or model.cells["is_known"] is not True:
        return
    output = given = batches(machine, x)
    for layer in model.cells["layers"]:
        output = applied_layer(machine, layer, output)
    machine.state.set(model.cells, "output", output)
    machine.state.set(model.cells, "input", given)


def compiled(machine: Machine, model: Any, given: Given) -> None:
    """`compile`: the loss of a model, if it is one of Keras'."""
    loss = given.get(1, "loss")
    name = loss.cells["name"] if isinstance(loss, Record) and loss.kind == "loss" else loss
    if isinstance(name, Named) and (canonical(name.path) or "").startswith("keras.losses."):
        name = name.path.rpartition(".")[2]
    known = CompiledLoss(SHORT.get(name.lower(), name), "string", name) if isinstance(name, str) else None
    machine.state.set(model.cells, "(loss)", known)


def _compare(machine: Machine, model: Any, x: Any, y: Any, span: Span) -> None:
    """Notes data and targets that a model with one input and one output does not take."""
    if not isinstance(model, Model) or machine.uncertain or machine.recorder.paused:
        return
    recorder, loss = machine.recorder, model.cells.get("(loss)")
    declared: Any = model.cells.get("input")
    output: Any = model.cells.get("output")
    is_fed, is_aimed = is_known(declared) and is_known(x), is_known(output) and is_known(y)
    if is_fed:
        recorder.fed[declared.index] = x.shape[1:]
    if recorder.refused:
        return
    if is_fed and not takes(declared.shape[1:], x.shape[1:]):
        recorder.compared.append(Compared(declared.index, x.shape[1:], span, array=x.shape))
    elif is_aimed and not accepts(output.shape[1:], y.shape[1:], loss):
        recorder.compared.append(Compared(output.index, y.shape[1:], span, loss))


def is_known(value: Any) -> bool:
    """Whether all sizes of a tensor but its batch are known."""
    is_shaped = isinstance(value, Tensor) and value.shape
    return bool(is_shaped) and all(size is None or isinstance(size, int) for size in value.shape[1:])


def takes(declared: Shape, given: Shape) -> bool:
    """Whether a model takes data beside an input, a last axis of 1 added or taken away."""
    if len(given) == len(declared) + 1 and given[-1] == 1:
        given = given[:-1]
    elif len(declared) == len(given) + 1 and declared[-1] in {1, None}:
        given = (*given, 1)
    return shapes_agree(declared, given)
