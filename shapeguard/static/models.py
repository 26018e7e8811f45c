"""Models: Sequential and functional ones, and layers and models that are classes of the program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapeguard.layers import Role, traits_of
from shapeguard.source.imports import canonical
from shapeguard.static import layer_calls
from shapeguard.static.given import Given
from shapeguard.static.inputs import input_shape, input_tensor
from shapeguard.static.iterating import items_of
from shapeguard.static.layer_calls import tensors_in
from shapeguard.static.model_calls import applied_layer, is_input
from shapeguard.static.values import (
    ANY,
    Applicable,
    Dims,
    Instance,
    Layer,
    ListValue,
    Made,
    Model,
    Tensor,
)

if TYPE_CHECKING:
    import ast

    from shapeguard.static.machine import Machine
    from shapeguard.static.state import Scope

INPUT_KEYWORDS = ("input_shape", "batch_input_shape", "batch_shape", "input_dim")
"""Arguments of a first layer that say what a Sequential takes."""


def made_model(kind: str, machine: Machine, given: Given, node: ast.AST, scope: Scope) -> Model:
    """The model that a constructor of Keras makes."""
    name = given.get(1 if kind == "Sequential" else 2, "name")
    model = Model(
        kind,
        machine.layer_name("Functional" if kind == "Model" else kind, name),
        Made(node, scope.module, tuple(reversed(machine.callers))),
        {"layers": (), "output": None, "input": None, "is_known": True},
    )
    if kind == "Model":
        _functional(machine, model, given)
    else:
        layers = given.get(0, "layers")
        items = () if layers is None else items_of(layers)
        for layer in items or ():
            add(machine, model, layer)
        if items is None:
            _lose(machine, model)
    return model


def _functional(machine: Machine, model: Model, given: Given) -> None:
    inputs, outputs = given.get(0, "inputs"), given.get(1, "outputs")
    for name, value in (("input", inputs), ("output", outputs)):
        machine.state.set(model.cells, name, value)
        machine.state.set(model.cells, f"{name}s", ListValue.of(tuple(tensors_in(value))))
    machine.state.set(model.cells, "layers", ANY)


def _lose(machine: Machine, model: Model) -> None:
    """From now on nobody knows the layers of a Sequential."""
    machine.state.set(model.cells, "is_known", value=False)
    machine.state.set(model.cells, "output", ANY)


def add(machine: Machine, model: Model, layer: Any) -> None:
    """Puts a layer at the end of a Sequential; its output is known if the model's input is."""
    if not isinstance(layer, Applicable | Tensor) or not isinstance(model.cells["layers"], tuple):
        _lose(machine, model)
        return
    machine.state.set(model.cells, "layers", (*model.cells["layers"], layer))
    start = _start_of(machine, model, layer)
    if start is not None:
        for name, value in (("input", start), ("inputs", ListValue.of((start,))), ("output", start)):
            machine.state.set(model.cells, name, value)
    if not is_input(layer) and model.cells["output"] is not None:
        machine.state.set(model.cells, "output", applied_layer(machine, layer, model.cells["output"]))


def _start_of(machine: Machine, model: Model, layer: Any) -> Tensor | None:
    """What a Sequential takes, if this layer says so."""
    if isinstance(layer, Tensor):
        return layer
    if isinstance(layer, Layer) and is_input(layer):
        given = Given((), {name: value for name, value in layer.arguments.items() if value is not None})
        return input_tensor(machine, input_shape(given), layer.name, layer.made)
    if model.cells["output"] is not None:
        return None
    if isinstance(layer, Model):
        return layer.cells["input"] if isinstance(layer.cells["input"], Tensor) else None
    shape = _declared_input(layer) if isinstance(layer, Layer) else None
    return None if shape is None else input_tensor(machine, shape, None, layer.made)


def dropped(machine: Machine, model: Model) -> None:
    """`pop()`: the last layer of a Sequential goes; what it gives then is not known any more."""
    layers = model.cells["layers"]
    machine.state.set(model.cells, "layers", layers[:-1] if isinstance(layers, tuple) else layers)
    _lose(machine, model)


def _declared_input(layer: Layer) -> Dims | None:
    """The input that a first layer declares by an argument; `None` if it declares none."""
    given = {name: layer.arguments[name] for name in INPUT_KEYWORDS if name in layer.arguments}
    if "input_dim" in given and traits_of(layer.class_name).role is Role.EMBEDDING:
        del given["input_dim"]
    if "input_dim" in given:
        given["input_shape"] = (given.pop("input_dim"),)
    if not given:
        return None
    if "input_shape" in given:
        given["shape"] = given.pop("input_shape")
    return input_shape(Given((), given)) or ()


def initialized(machine: Machine, instance: Instance, base: str, given: Given, node: ast.AST, scope: Scope) -> None:
    """What `super().__init__` of a Keras class does to an object."""
    kind = (canonical(base) or "").rpartition(".")[2]
    name = given.get(None, "name")
    if kind == "Model" and (len(given.args) > 1 or "inputs" in given.keywords):
        model = made_model(kind, machine, given, node, scope)
        machine.state.set(instance.cells, "(own)", model)
        machine.state.set(instance.cells, "(name)", model.name)
        return
    if kind == "Sequential":
        own: Any = made_model(kind, machine, given, node, scope)
    else:
        own = layer_calls.made_layer(machine, kind, given, node, scope) if layer_calls.has_rule(kind) else None
    if own is not None:
        machine.state.set(instance.cells, "(own)", own)
    machine.state.set(instance.cells, "(name)", machine.layer_name(instance.of.name, name))
