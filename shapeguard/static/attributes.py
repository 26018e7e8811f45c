"""What an attribute of a value is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapeguard.layers import class_called
from shapeguard.layers.parameters import constructor_parameters
from shapeguard.source.imports import canonical
from shapeguard.static.functions import decorated_with
from shapeguard.static.given import Given
from shapeguard.static.layer_calls import config_of
from shapeguard.static.modules import Module
from shapeguard.static.values import (
    ANY,
    Class,
    Function,
    Instance,
    Layer,
    ListValue,
    Method,
    Model,
    Named,
    Record,
    Super,
    Tensor,
)

if TYPE_CHECKING:
    from shapeguard.static.machine import Machine


MODELS = frozenset({"Model", "Sequential"})


def path_under(star: str, name: str) -> str | None:
    """The path of a name that a star import may bring; `None` where that is nothing that is followed."""
    room = canonical(star)
    if room is None or name.startswith("_"):
        return None
    if room == "keras.layers":
        is_there = constructor_parameters(class_called(name)) is not None or name == "Input"
    elif room == "keras.models":
        is_there = name in MODELS
    else:
        is_there = name[:1].isupper() or room in {"keras.ops", "keras.activations"}
    return f"{star}.{name}" if is_there else None


def attribute(machine: Machine, owner: Any, name: str) -> Any:
    """`owner.name`; `ANY` where that is not known."""
    match owner:
        case Named():
            return Named(f"{owner.path}.{name}")
        case Tensor():
            return _of_tensor(owner, name)
        case Instance():
            return _of_instance(machine, owner, name)
        case Super():
            return _behind(owner, name)
        case Layer():
            return _of_layer(owner, name)
        case Class() | Module() | Model() | Record():
            return _of_cells(owner, name)
    return Method(owner, name) if owner is not ANY else ANY


def _of_cells(owner: Class | Module | Model | Record, name: str) -> Any:
    """An attribute of what has its attributes in cells."""
    found = owner.lookup(name) if isinstance(owner, Class) else owner.cells.get(name)
    if found is not None:
        return ListValue.of(found) if isinstance(owner, Model) and name == "layers" else found
    has_methods = isinstance(owner, Model) or (isinstance(owner, Record) and bool(owner.kind))
    return None if name in owner.cells else Method(owner, name) if has_methods else ANY


def _of_tensor(owner: Tensor, name: str) -> Any:
    match name:
        case "shape":
            return ANY if owner.shape is None else owner.shape
        case "ndim":
            return ANY if owner.shape is None else len(owner.shape)
        case "dtype":
            return owner.dtype
        case "T" if owner.is_array:
            return Tensor(None if owner.shape is None else owner.shape[::-1], owner.dtype)
        case "size":
            return ANY
    return Method(owner, name)


def _of_instance(machine: Machine, owner: Instance, name: str) -> Any:
    if name in owner.cells:
        return owner.cells[name]
    found = owner.of.lookup(name)
    if isinstance(found, Function):
        if decorated_with(found, "property"):
            return machine.call_function(found, Given((owner,)), found.node, found.scope)
        if decorated_with(found, "staticmethod"):
            return found
        return Method(owner.of if decorated_with(found, "classmethod") else owner, name, found)
    if found is not None:
        return found
    own = owner.cells.get("(own)")
    if isinstance(own, Layer | Model) and name in {"layers", "inputs", "outputs", "input", "output", *_arguments(own)}:
        return attribute(machine, own, name)
    if owner.of.keras_base is not None:
        return owner.name if name == "name" else Method(owner, name)
    return ANY


def _arguments(own: Layer | Model) -> set[str]:
    return set(own.arguments) if isinstance(own, Layer) else set()


def _behind(owner: Super, name: str) -> Any:
    """An attribute of `super()`: of the classes behind that of the method."""
    lineage = owner.instance.of.lineage()
    rest = lineage[lineage.index(owner.after) + 1 :] if owner.after in lineage else []
    for each in rest:
        if isinstance(each, Class) and name in each.cells:
            found = each.cells[name]
            return Method(owner.instance, name, found) if isinstance(found, Function) else found
    return Method(owner, name)


def _of_layer(owner: Layer, name: str) -> Any:
    if name == "name":
        return owner.name
    if name == "output":
        return owner.cells.get("output", ANY)
    config = config_of(owner)
    if name in config:
        return owner.arguments.get(name, config[name])
    return Method(owner, name)
