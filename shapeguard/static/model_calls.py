"""What models give, and layers and models that are classes of the program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapeguard.layers import Role, traits_of
from shapeguard.static import layer_calls
from shapeguard.static.application_calls import of_another_picture
from shapeguard.static.given import Given
from shapeguard.static.inputs import with_tensors
from shapeguard.static.iterating import items_of
from shapeguard.static.layer_calls import tensors_in
from shapeguard.static.values import (
    ANY,
    DictValue,
    Function,
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


def is_input(layer: Any) -> bool:
    """Whether what was put into a Sequential says what it takes, and is no layer to call."""
    return isinstance(layer, Tensor) or (isinstance(layer, Layer) and traits_of(layer.class_name).role is Role.INPUT)


def applied_layer(machine: Machine, layer: Any, value: Any) -> Any:
    """What a layer of a Sequential gives; the place is that of its constructor."""
    made: Made = layer.made
    scope = machine.scope_of(made.module)
    name = machine.dotted(made.node, made.module)
    if isinstance(layer, Layer):
        return layer_calls.call_layer(machine, layer, Given((value,)), made.node, scope, name)
    return called(machine, layer, Given((value,)), made.node, scope, name)


def called(machine: Machine, model: Any, given: Given, node: ast.AST, scope: Scope, name: str) -> Any:
    """What a call of a model, or of a layer that is a class of the program, gives."""
    if isinstance(model, Instance):
        result = _of_instance(machine, model, given, node, scope)
    else:
        result = _of_model(machine, model, given)
    outputs = [each for each in tensors_in(result) if isinstance(each, Tensor)]
    if not outputs:
        outputs = machine.recorder.tensors([None])
        result = outputs[0]
    machine.recorder.state(scope.module.span(node), name, outputs)
    return result


def _of_instance(machine: Machine, instance: Instance, given: Given, node: ast.AST, scope: Scope) -> Any:
    call = instance.of.lookup("call")
    own = instance.cells.get("(own)")
    if isinstance(call, Function):
        _build(machine, instance, given, node, scope)
        known = {parameter.arg for parameter in (*call.node.args.args, *call.node.args.kwonlyargs)}
        keywords = {n: v for n, v in given.keywords.items() if n in known or call.node.args.kwarg is not None}
        return machine.call_function(call, Given((instance, *given.args), keywords, given.is_open), node, scope)
    if isinstance(own, Layer):
        return layer_calls.call_layer(machine, own, given, node, scope, own.class_name)
    return _of_model(machine, own, given) if isinstance(own, Model) else ANY


def _build(machine: Machine, instance: Instance, given: Given, node: ast.AST, scope: Scope) -> None:
    """Calls `build` before the first call, with the shape of what comes in."""
    build = instance.of.lookup("build")
    if instance.cells.get("(built)") or not isinstance(build, Function):
        return
    machine.state.set(instance.cells, "(built)", value=True)
    shapes = _shapes_of(given.args[0]) if given.args else ANY
    machine.call_function(build, Given((instance, shapes)), node, scope)


def _shapes_of(value: Any) -> Any:
    """The shape of a tensor as `build` gets it, or a list of those of several."""
    if isinstance(value, Tensor):
        return ANY if value.shape is None else tuple(value.shape)
    items = items_of(value)
    if items is None or isinstance(value, DictValue):
        return ANY
    return ListValue.of(tuple(map(_shapes_of, items)))


def _of_model(machine: Machine, model: Model, given: Given) -> Any:
    """What a model gives: as it was declared if it is given what it declares, else layer by layer."""
    value = given.args[0] if given.args else given.get(None, "inputs", ANY)
    tensors = list(tensors_in(value))
    if model.cells["output"] is not None and _is_as_declared(tensors, list(tensors_in(model.cells["input"]))):
        return _noted(machine, model, tensors, _anew(machine, model.cells["output"], tensors))
    other = of_another_picture(machine, model, value)
    if other is not None:
        return _noted(machine, model, [value], other)
    if model.kind != "Sequential" or model.cells["is_known"] is not True:
        return ANY
    for layer in model.cells["layers"]:
        value = value if is_input(layer) else applied_layer(machine, layer, value)
    return value


def _noted(machine: Machine, model: Model, given: list[Any], result: Any) -> Any:
    """What a model gives as a whole, noted as one call."""
    tensors = [[each for each in tensors_in(tuple(some)) if isinstance(each, Tensor)] for some in (given, [result])]
    machine.recorder.call(model, model.kind, model.name, *tensors)
    return result


def _is_as_declared(tensors: list[Any], declared: list[Any]) -> bool:
    """Whether each tensor has the shape that the model's input declares, its batch left out."""
    return len(tensors) == len(declared) and all(map(_has_shape_of, tensors, declared))


def _has_shape_of(tensor: Any, declared: Any) -> bool:
    if not isinstance(tensor, Tensor) or not isinstance(declared, Tensor) or None in {tensor.shape, declared.shape}:
        return False
    return tensor.shape is not None and declared.shape is not None and tensor.shape[1:] == declared.shape[1:]


def _anew(machine: Machine, outputs: Any, inputs: list[Any]) -> Any:
    """The outputs of a model as new tensors, with the batch of what comes in."""
    first = inputs[0].shape if inputs and isinstance(inputs[0], Tensor) else None

    def anew(tensor: Tensor) -> Tensor:
        has_batch = bool(tensor.shape and first) and tensor.shape[0] is None  # type: ignore[index]
        shape = (first[0], *tensor.shape[1:]) if has_batch else tensor.shape  # type: ignore[index]
        return machine.recorder.tensors([shape], tensor.dtype)[0]

    return with_tensors(outputs, anew)
