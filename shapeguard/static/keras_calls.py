"""Calls of what Keras brings: layers, models, operations, utilities."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from shapeguard.layers import covered
from shapeguard.static import application_calls, inputs, layer_calls, loaders, models, operations
from shapeguard.static.data import NUMPY, literal_shape
from shapeguard.static.given import Given
from shapeguard.static.iterating import size_list
from shapeguard.static.layer_calls import tensors_in
from shapeguard.static.naming import snake_case
from shapeguard.static.values import (
    ANY,
    Named,
    Record,
    Tensor,
)

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable

    from shapeguard.static.machine import Machine
    from shapeguard.static.state import Scope


def of_keras(machine: Machine, path: str, given: Given, node: ast.AST, scope: Scope) -> Any:
    """A call of something of Keras'."""
    _, _, rest = path.partition(".")
    room, _, name = rest.rpartition(".")
    if (room, name) in MADE:
        return MADE[room, name](machine, given, node, scope)
    if room == "layers" and name[:1].isupper():
        return layer_calls.made_layer(machine, name, given, node, scope)
    if path == "keras.activations.get":
        chosen = given.get(0, "identifier")
        return Named(f"keras.activations.{chosen or 'linear'}") if isinstance(chosen, str | None) else chosen
    if application_calls.is_application(room, name):
        return application_calls.made_application(machine, name, given, node, scope)
    if room in FUNCTIONS and name[:1].islower():
        return _of_function(machine, room, name, given, node, scope)
    return _setting(machine, name, given) if name in SETTINGS else _of_utilities(room, name, given)


def _of_function(machine: Machine, room: str, name: str, given: Given, node: ast.AST, scope: Scope) -> Any:
    """A function on tensors, of which some make a layer."""
    if room == "layers" and name in MERGES:
        return _merged(machine, MERGES[name], given, node, scope)
    return _operation(machine, name, given, node, scope)


FUNCTIONS = frozenset({"layers", "ops", "activations"})


MERGES = {snake_case(name): name for name in covered()}
"""The functions of `keras.layers` that make a layer and call it, such as `concatenate`, with its class."""


def _merged(machine: Machine, kind: str, given: Given, node: ast.AST, scope: Scope) -> Any:
    """What `layers.concatenate([a, b])` gives."""
    taken, *rest = given.args or (given.keywords.get("inputs", ANY),)
    keywords = {name: value for name, value in given.keywords.items() if name != "inputs"}
    layer = layer_calls.made_layer(machine, kind, Given(tuple(rest), keywords, given.is_open), node, scope)
    name = machine.dotted(node, scope.module)
    return layer_calls.call_layer(machine, layer, Given((taken,)), node, scope, name)


MADE: dict[tuple[str, str], Callable[..., Any]] = {
    **{(room, "Input"): inputs.made_input for room in ("", "layers", "engine")},
    **{(room, kind): partial(models.made_model, kind) for room in ("", "models") for kind in ("Sequential", "Model")},
}
"""Inputs and models, by the module of Keras and the name."""


SETTINGS = frozenset({"set_image_data_format", "image_data_format"})


def _setting(machine: Machine, name: str, given: Given) -> Any:
    """Where channels are by default, asked for or set."""
    if name == "image_data_format":
        return machine.settings["data_format"]
    machine.state.set(machine.settings, "data_format", given.get(0, "data_format", ANY))
    return None


def _of_utilities(room: str, name: str, given: Given) -> Any:
    """What a function of Keras makes that has to do with loaders."""
    if room == "losses" and name[:1].isupper():
        return Record({"name": snake_case(name)}, "loss")
    if room == "random" and name in loaders.RANDOM_OF_KERAS:
        return Tensor(size_list(given.get(0, "shape", ANY)), "float32")
    if name == "load_data":
        return loaders.load_data(room.rpartition(".")[2])
    if name in loaders.UTILITIES:
        return loaders.UTILITIES[name](given)
    if name == "unpack_x_y_sample_weight" and given.args:
        taken = given.args[0]
        return (*taken, None, None)[:3] if isinstance(taken, tuple) else (taken, None, None)
    if name == "Variable":
        value = given.get(0, "initializer")
        shape = size_list(given.keywords.get("shape", ANY))
        return Tensor(value.shape if isinstance(value, Tensor) else shape, "float32")
    return ANY


def _operation(machine: Machine, name: str, given: Given, node: ast.AST, scope: Scope) -> Any:
    """A function of `keras.ops`."""
    written = machine.dotted(node, scope.module)
    match name:
        case "linear":
            return given.get(0, "x", ANY)
        case "shape":
            return operations.shape_of(given.get(0, "x", ANY))
        case "ndim":
            value = given.get(0, "x", ANY)
            return len(value.shape) if isinstance(value, Tensor) and value.shape is not None else ANY
        case "zeros" | "ones" | "full" | "empty":
            return machine.recorder.tensors([size_list(given.get(0, "shape", ANY))])[0]
        case "arange" | "eye" | "identity" | "linspace":
            shape = NUMPY[name](given).shape if not list(tensors_in(given.args)) else None
            return machine.recorder.tensors([shape])[0]
        case "convert_to_tensor" | "array" if not isinstance(given.get(0, "x", ANY), Tensor):
            return machine.recorder.tensors([literal_shape(given.get(0, "x", ANY))])[0]
    return operations.call_operation(machine, name, given, node, scope, written)
