"""Why each size of a call that was read is what it is, and where the arguments are written that decide about it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from shapeguard.layers.derived_sizes import in_short, sizes
from shapeguard.layers.parameters import constructor_parameters
from shapeguard.records.derivations import ExplainedCall, Given, Size
from shapeguard.static.layer_calls import config_of
from shapeguard.static.recording import as_json, construction_of
from shapeguard.static.ruling import answer_of
from shapeguard.static.sizes import Config, holds_unknown, unknown_in, with_numbers, without_unknown
from shapeguard.static.values import ANY, Layer, Operation, Symbol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from shapeguard.layers import Derivation, Rule
    from shapeguard.records.network import Call
    from shapeguard.records.source import Argument
    from shapeguard.static.program import Program
    from shapeguard.static.values import Dim, Dims

WRAPPED = ("layer", "cell")
"""The arguments in which a wrapper is given the layer that it wraps."""


@dataclass(frozen=True, slots=True)
class Written:
    """An argument as it is written in a constructor call; `of` is the class of a wrapped layer, "" for the layer."""

    argument: Argument
    layer_type: str
    of: str = ""


def explained(program: Program, call: Call) -> ExplainedCall:
    """A call with its sizes; of an operation, a model or a layer without a formula with its shapes alone."""
    operation = call.operation
    outputs = tuple(program.dims[value] for value in call.outputs)
    if isinstance(operation, Operation):
        inputs: tuple[Dims | None, ...] = tuple(each.shape for each in operation.tensors if each.shape != ())
    else:
        inputs = tuple(program.dims[value] for value in call.inputs)
    derived = tuple(_sizes(operation, inputs, outputs[0])) if isinstance(operation, Layer) and outputs else ()
    made = call.construction
    return ExplainedCall(
        call.layer,
        call.layer_type,
        call.path,
        call.number,
        _shown(inputs),
        _shown(outputs),
        derived,
        span=None if made is None else made.call,
        is_layer=not isinstance(operation, Operation),
    )


def _shown(shapes: tuple[Dims | None, ...]) -> object:
    """One shape, or a tuple of several, as it is written."""
    shown = tuple(tuple(each) if isinstance(each := as_json(shape), list) else each for shape in shapes)
    return shown[0] if len(shown) == 1 else shown


def _sizes(layer: Layer, inputs: tuple[Dims | None, ...], output: Dims | None) -> Iterator[Size]:
    """The sizes of the output; none if the layer has no formula, or the rank of a shape is not known."""
    entering = tuple(shape for shape in inputs if shape is not None)
    if layer.rule is None or output is None or not inputs or len(entering) < len(inputs):
        return
    explain = partial(_derivation, layer, config_of(layer), entering, output)
    for size in sizes(output, entering[0], explain, partial(_arguments, layer)):
        yield _as_known(size, output[size.axis])


def _as_known(size: Size, dim: Dim) -> Size:
    """The size as it is if it is a number or the input's, a symbol by its name, any other as not known."""
    if isinstance(dim, Symbol) and size.origin == "derived":
        return Size(size.axis, size.name, None, "derived", str(dim), size.arguments)
    if dim is ANY or (isinstance(dim, Symbol) and size.origin != "kept"):
        return Size(size.axis, size.name, None, "unknown", arguments=size.arguments)
    return size


def _derivation(
    layer: Layer, config: Mapping[str, Any], inputs: tuple[Dims, ...], output: Dims, axis: int
) -> Derivation | None:
    """The arithmetic of a size, `None` where there is none; of one that is not known only the arguments hold."""
    if layer.rule is None:
        return None
    return answer_of(partial(_explained, layer.rule, config, inputs, axis, is_known=not holds_unknown(output[axis])))


def _explained(
    rule: Rule, config: Mapping[str, Any], inputs: tuple[Dims, ...], axis: int, *, is_known: bool
) -> Derivation | None:
    if not is_known:
        return rule.explain_axis(*with_numbers(config, inputs), axis)
    return rule.explain_axis(Config(config, unknown_in(config)), tuple(map(without_unknown, inputs)), axis)


def _arguments(layer: Layer, derivation: Derivation) -> tuple[Given, ...]:
    """The arguments that a size depends on, in the order of their constructors, those of a wrapped layer first."""
    given = [(_place(layer, name), _given(layer, name)) for name in derivation.arguments]
    return tuple(each for _, each in sorted(given, key=lambda pair: pair[0]))


def _place(layer: Layer, name: str) -> tuple[int, int]:
    owner, depth = _owner(layer, name)
    parameters = constructor_parameters(owner.class_name)
    names = () if parameters is None else (*parameters.positional, *parameters.keyword_only)
    return -depth, names.index(name) if name in names else len(names)


def _given(layer: Layer, name: str) -> Given:
    owner, depth = _owner(layer, name)
    written = next((each for each in construction_of(owner).arguments if each.name == name), None)
    parameters = constructor_parameters(owner.class_name)
    return Given(
        name,
        in_short(config_of(owner).get(name)) if written is None else written.value,
        None if written is None else written.position,
        written is not None,
        required=parameters is not None and name in parameters.required,
        of=owner.class_name if depth else "",
    )


def _owner(layer: Layer, name: str) -> tuple[Layer, int]:
    """The layer that has the argument, this one or one that it wraps, and how many wrappers are around it."""
    depth = 0
    while name not in config_of(layer) and (inner := _wrapped(layer)) is not None:
        layer, depth = inner, depth + 1
    return layer, depth


def _wrapped(layer: Layer) -> Layer | None:
    return next((each for key in WRAPPED if isinstance(each := layer.arguments.get(key), Layer)), None)


def written_arguments(call: Call) -> Iterator[Written]:
    """The arguments in the constructor call of a layer, and in that of the layer that it wraps."""
    layer = call.operation if isinstance(call.operation, Layer) else None
    depth = 0
    while layer is not None:
        for argument in construction_of(layer).arguments:
            yield Written(argument, layer.class_name, layer.class_name if depth else "")
        layer, depth = _wrapped(layer), depth + 1
