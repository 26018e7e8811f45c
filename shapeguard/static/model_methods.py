"""Methods of models and layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapeguard.static import fitting, guards, layer_calls, models
from shapeguard.static.iterating import size_list
from shapeguard.static.values import (
    ANY,
    DictValue,
    Instance,
    Layer,
    Model,
    Record,
    Super,
    Tensor,
)

if TYPE_CHECKING:
    import ast

    from shapeguard.static.given import Given
    from shapeguard.static.machine import Machine
    from shapeguard.static.state import Scope

TRAINING = frozenset({"fit", "evaluate", "predict", "train_on_batch", "predict_on_batch", "test_on_batch"})


def behind_super(machine: Machine, owner: Super, name: str, given: Given, node: ast.AST, scope: Scope) -> Any:
    """What a method of a Keras class gives, called by `super()`."""
    instance = owner.instance
    base = instance.of.keras_base
    if name == "__init__" and base is not None:
        models.initialized(machine, instance, base, given, node, scope)
        return None
    own = instance.cells.get("(own)")
    if name in {"call", "__call__"} and isinstance(own, Layer):
        return layer_calls.call_layer(machine, own, given, node, scope, machine.dotted(node, scope.module))
    if name in {"build", "get_config", "__setattr__"}:
        return DictValue.of({}, is_open=True) if name == "get_config" else None
    return of_model(machine, instance, name, given, node, scope)


def of_model(machine: Machine, owner: Any, name: str, given: Given, node: ast.AST, scope: Scope) -> Any:
    """What a method of a model or of a layer of the program gives."""
    own = owner.cells.get("(own)") if isinstance(owner, Instance) else owner
    if name in TRAINING:
        return _trained(machine, owner, name, given, node, scope)
    if name in {"call", "__call__"}:
        return machine.call(node, owner, given, scope)
    if name in {"add_weight", "add_variable"}:
        by_name = isinstance(given.get(0, "", None), str)
        shape = given.get(1 if by_name else 0, "shape", ())
        return machine.recorder.tensors([size_list(shape)])[0]
    if name == "compile":
        fitting.compiled(machine, owner if own is None else own, given)
    elif isinstance(own, Model):
        _changed(machine, own, name, given)
    return ANY if name not in CHANGING else None


CHANGING = frozenset({"add", "pop", "build"})


def _changed(machine: Machine, model: Model, name: str, given: Given) -> None:
    """A method that changes a Sequential."""
    if name == "add":
        models.add(machine, model, given.get(0, "layer", ANY))
    elif name == "pop":
        models.dropped(machine, model)
    elif name == "build":
        fitting.build(machine, model, Tensor(size_list(given.get(0, "input_shape", ANY))))


def _trained(machine: Machine, owner: Any, name: str, given: Given, node: ast.AST, scope: Scope) -> Any:
    """`fit` and the like."""
    x, y = given.get(0, "x", ANY), given.get(1, "y") if name == "fit" else None
    if isinstance(x, Record) and x.kind == "dataset":
        x, y = x.cells["x"], x.cells["y"]
    since = len(machine.recorder.calls)
    fitting.fitted(machine, owner, x, node, scope, y)
    held_by = [*machine.guards, *guards.guards_in(given.keywords.get("callbacks"))]
    guards.hold(machine, owner, (*guards.expectations_of(held_by), *machine.contract), since)
    return ANY


def of_layer(machine: Machine, owner: Layer, name: str, given: Given, node: ast.AST, scope: Scope) -> Any:
    """What a method of a layer gives."""
    if name in {"call", "__call__"}:
        return layer_calls.call_layer(machine, owner, given, node, scope, machine.dotted(node, scope.module))
    return ANY
