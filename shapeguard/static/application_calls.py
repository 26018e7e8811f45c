"""The models of `keras.applications`: what they give, where it follows from the arguments that are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapeguard.layers.applications import CHANNELS, CLASSES, features_of
from shapeguard.static.inputs import input_tensor
from shapeguard.static.iterating import size_list
from shapeguard.static.values import ANY, Dims, ListValue, Made, Model, Tensor

if TYPE_CHECKING:
    import ast

    from shapeguard.static.given import Given
    from shapeguard.static.machine import Machine
    from shapeguard.static.state import Scope

POOLINGS = frozenset({"avg", "max"})
FOLLOWED = frozenset({
    "classes", "classifier_activation", "include_preprocessing", "include_top", "input_shape", "name", "pooling",
    "weights",
})  # fmt: skip
"""Arguments of which it is known what they do to the output; `alpha` changes the channels."""


def is_application(room: str, name: str) -> bool:
    """Whether this is the function of a model, in `keras.applications` or in a module of that."""
    return room.partition(".")[0] == "applications" and name in CHANNELS


def made_application(machine: Machine, name: str, given: Given, node: ast.AST, scope: Scope) -> Any:
    """The model that such a function makes; `ANY` if an argument is given whose effect is not known."""
    top = given.keywords.get("include_top", True)
    is_known = not given.args and not given.is_open and {*given.keywords} <= FOLLOWED and isinstance(top, bool)
    if not is_known or machine.settings["data_format"] != "channels_last":
        return ANY
    made = Made(node, scope.module, tuple(reversed(machine.callers)))
    model = Model("Model", machine.layer_name(name, given.get(None, "name", name.lower())), made, {"layers": ANY})
    written = given.keywords.get("input_shape")
    sizes = size_list(written) if written is not None else (None, None, 3)
    shape: Dims | None = None if sizes is None else (None, *sizes)
    given_in = input_tensor(machine, shape, None, made)
    out = output_of(name, given.keywords, shape)
    (output,) = machine.recorder.tensors([out])
    machine.recorder.call(model, name, model.name, [given_in], [output])
    for key, value in (("input", given_in), ("output", output)):
        machine.state.set(model.cells, key, value)
        machine.state.set(model.cells, f"{key}s", ListValue.of((value,)))
    machine.state.set(model.cells, "(application)", (name, given.keywords))
    return model


def output_of(name: str, arguments: Any, shape: Dims | None) -> Dims | None:
    """What a model gives for a picture of this shape; `None` where not even the rank is known."""
    classes, pooling = arguments.get("classes", CLASSES), arguments.get("pooling")
    batch = shape[0] if shape else None
    if arguments.get("include_top", True):
        return (batch, classes if isinstance(classes, int) else ANY)
    if pooling in POOLINGS:
        return (batch, CHANNELS[name])
    if pooling is not None:
        return None
    return _map_of(name, shape) if shape is not None and len(shape) == 4 else (batch, ANY, ANY, CHANNELS[name])


def _map_of(name: str, shape: Dims) -> Dims:
    """The last map for a picture; a side that is Keras' own `None` stays so."""
    found = features_of(name, tuple(size if isinstance(size, int) else None for size in shape)) or shape
    sides = zip(found[1:3], shape[1:3], strict=True)
    return (shape[0], *(side if side is not None or size is None else ANY for side, size in sides), CHANNELS[name])


def of_another_picture(machine: Machine, model: Model, tensor: Any) -> Tensor | None:
    """What a model gives for another picture than it declares; `None` of a model that is none of these."""
    found = model.cells.get("(application)")
    if found is None or not isinstance(tensor, Tensor):
        return None
    name, arguments = found
    (output,) = machine.recorder.tensors([output_of(name, arguments, tensor.shape)])
    return output
