"""Layers of Keras' own: made from their arguments, and called by their rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapeguard.layers import Refusal, Role, class_called, covered, traits_of
from shapeguard.layers.parameters import constructor_parameters
from shapeguard.static.given import Given
from shapeguard.static.iterating import size_list
from shapeguard.static.recording import construction_of
from shapeguard.static.ruling import answer_of
from shapeguard.static.sizes import holds_unknown, ruled
from shapeguard.static.values import (
    ANY,
    DictValue,
    Dims,
    Function,
    Layer,
    ListValue,
    Made,
    Tensor,
)

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from shapeguard.static.machine import Machine
    from shapeguard.static.state import Scope

WRITTEN_ANYHOW = ("padding", "data_format")
"""Arguments whose capitals Keras does not mind (utils/argument_validation.py, `standardize_padding`)."""

TENSOR_KEYWORDS = ("query", "value", "key", "initial_state", "inputs", "sequences", "sequence", "x")
"""Keywords of the calls of Keras' layers under which tensors come that decide about shapes, in order."""


def made_layer(machine: Machine, name: str, given: Given, node: ast.AST, scope: Scope) -> Any:
    """The layer that a constructor of Keras makes."""
    class_name = class_called(name)
    parameters, rule = constructor_parameters(class_name), covered().get(class_name)
    bound = None if parameters is None else parameters.bind(given.args, given.keywords)
    if parameters is None or rule is None or bound is None or not (given.is_open or {*parameters.required} <= {*bound}):
        return Layer(class_name, machine.layer_name(class_name), {}, None, _made(machine, node, scope))
    if given.is_open:
        bound = {**dict.fromkeys(parameters.positional, ANY), **bound}
    layer_name = machine.layer_name(class_name, bound.get("name"))
    cells = {"calls": 0, "data_format": machine.settings["data_format"]}
    return Layer(class_name, layer_name, bound, rule, _made(machine, node, scope), cells)


def _made(machine: Machine, node: ast.AST, scope: Scope) -> Made:
    return Made(node, scope.module, tuple(reversed(machine.callers)))


def config_of(layer: Layer) -> dict[str, Any]:
    """The config as the rule reads it: the arguments with the defaults of the others."""
    parameters = constructor_parameters(layer.class_name)
    defaults = {} if parameters is None else dict(parameters.defaults)
    config = {**defaults, **{name: plain(value) for name, value in layer.arguments.items()}}
    config |= {name: config[name].lower() for name in WRITTEN_ANYHOW if isinstance(config.get(name), str)}
    if "data_format" in config and config["data_format"] is None:
        config["data_format"] = layer.cells["data_format"]
    return {"name": layer.name, **config}


def plain(value: Any) -> Any:
    """An argument as it is in a config: lists as lists, layers serialized, functions as nothing."""
    if isinstance(value, tuple):
        return tuple(map(plain, value))
    if isinstance(value, ListValue):
        return ANY if value.items is ANY else list(map(plain, value.items))
    if isinstance(value, DictValue):
        return ANY if value.is_open else {key: plain(each) for key, each in value.entries.items()}
    if isinstance(value, Layer):
        return {"module": "keras.layers", "class_name": value.class_name, "config": config_of(value)}
    return None if isinstance(value, Function) else value


def tensors_in(value: Any) -> Iterator[Any]:
    """The tensors of a nested structure, with `ANY` for what is not known and nothing for what is no tensor."""
    if isinstance(value, Tensor) or value is ANY:
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from tensors_in(each)
    elif isinstance(value, ListValue):
        yield from tensors_in(value.items)
    elif isinstance(value, DictValue):
        yield from tensors_in(tuple(value.entries.values()))
        if value.is_open:
            yield ANY


def inputs_of(layer: Layer, given: Given) -> list[Any]:
    """The tensors of a call that decide about its shapes, in order."""
    traits = traits_of(layer.class_name)
    count = len(traits.tensors) or (2 if traits.role in {Role.RECURRENT, Role.BOTH_WAYS} else 1)
    found = [each for value in given.args[:count] for each in tensors_in(value)]
    for name in TENSOR_KEYWORDS:
        if name in given.keywords:
            found += tensors_in(given.keywords[name])
    return found


def call_layer(machine: Machine, layer: Layer, given: Given, node: ast.AST, scope: Scope, name: str) -> Any:
    """What a call of a layer gives: a tensor, or a list of several."""
    inputs = inputs_of(layer, given)
    layer.cells["calls"] += 1
    span = scope.module.span(node)
    if "function" in layer.arguments:
        return _of_function(machine, layer, given, node, scope, name)
    result = _outputs(layer, inputs, is_open=given.is_open)
    if isinstance(result, Refusal):
        call = _recorded(machine, layer, inputs, [])
        machine.note_refusal(call, result, span)
        result = None
    shapes: tuple[Dims | None, ...] = (None,) if result is None else result
    recorder = machine.recorder
    outputs = [Tensor(shape, "float32", recorder.value(shape, "float32")) for shape in shapes]
    machine.note_call(_recorded(machine, layer, inputs, outputs), node, layer.made, scope)
    recorder.state(span, name, outputs)
    machine.state.set(layer.cells, "output", outputs[0])
    return outputs[0] if len(outputs) == 1 else ListValue.of(outputs)


def _of_function(machine: Machine, layer: Layer, given: Given, node: ast.AST, scope: Scope, name: str) -> Any:
    """What a layer gives that calls a function of the program; Keras believes the shape that is written beside it."""
    more = layer.arguments.get("arguments")
    keywords = more.entries if isinstance(more, DictValue) else {}
    result = machine.call(node, layer.arguments["function"], Given(given.args[:1], keywords), scope)
    outputs = [each for each in tensors_in(result) if isinstance(each, Tensor)]
    written = size_list(layer.arguments.get("output_shape", ANY))
    inputs = inputs_of(layer, given)
    if written is not None:
        batch = inputs[0].shape[:1] if inputs and isinstance(inputs[0], Tensor) and inputs[0].shape else (ANY,)
        outputs = [Tensor((*batch, *written))]
    if not outputs:
        outputs = [Tensor(None)]
    fresh = [Tensor(each.shape, each.dtype, machine.recorder.value(each.shape, each.dtype)) for each in outputs]
    _recorded(machine, layer, inputs, fresh)
    machine.recorder.state(scope.module.span(node), name, fresh)
    return fresh[0] if len(fresh) == 1 else ListValue.of(fresh)


def _recorded(machine: Machine, layer: Layer, inputs: list[Any], outputs: list[Tensor]) -> int:
    given = [each for each in inputs if isinstance(each, Tensor)]
    tensors = [machine.recorder.tensors([each.shape])[0] if each.is_array else each for each in given]
    number = layer.cells["calls"]
    return machine.recorder.call(
        layer, layer.class_name, layer.name, tensors, outputs, construction=construction_of(layer), number=number
    )


def _outputs(layer: Layer, inputs: list[Any], *, is_open: bool) -> tuple[Dims | None, ...] | Refusal | None:
    """The shapes that come out, as far as they are known."""
    rule = layer.rule
    if rule is None or not inputs:
        return None
    if ANY in inputs or any(tensor.shape is None for tensor in inputs):
        inputs = _assumed(layer, inputs)
    if is_open or not inputs:
        return None
    config = config_of(layer)
    shapes = tuple(tensor.shape for tensor in inputs)

    def ask() -> tuple[Dims | None, ...] | Refusal | None:
        if not rule.covers(config):
            return None
        found = ruled(rule.forward, config, shapes)
        return _known_rank(layer, config, shapes) if found is None else found

    return answer_of(ask)


def _assumed(layer: Layer, inputs: list[Any]) -> list[Any]:
    """The input of the only rank that the layer takes, if nothing else is known of it."""
    ndim = traits_of(layer.class_name).takes_ndim
    if len(inputs) != 1 or ndim is None:
        return []
    return [Tensor((ANY,) * ndim)]


def _known_rank(
    layer: Layer, config: dict[str, Any], inputs: tuple[Dims, ...]
) -> tuple[Dims | None, ...] | Refusal | None:
    """The rank of the output, if that is all that is known."""
    traits = traits_of(layer.class_name)
    batch = inputs[0][:1]
    if traits.role is Role.RESHAPE:
        target = config.get("target_shape")
        if isinstance(target, tuple | list):
            return ((*batch, *(ANY if size == -1 or holds_unknown(size) else size for size in target)),)
    ndim = len(inputs[0]) if traits.keeps_ndim else traits.gives_ndim
    return None if ndim is None else ((*batch, *[ANY] * (ndim - 1)),)


def has_rule(name: str) -> bool:
    """Whether a class of Keras has a shape rule."""
    return class_called(name) in covered()
