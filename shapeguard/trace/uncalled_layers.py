"""A layer that was passed where a tensor belongs: found in the frames that the exception came through."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

import keras

from shapeguard.keras_compat import keras_layers
from shapeguard.records.uncalled import InSight, Uncalled
from shapeguard.source import frames, trees
from shapeguard.source.constants import Scope, own_nodes, parameters_of
from shapeguard.trace.crash_sites import split
from shapeguard.trace.raised_frames import argument_values, levels, value_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from shapeguard.records.source import Construction
    from shapeguard.source.trees import Source
    from shapeguard.trace.raised_frames import Passed

_ENDS = ("inputs", "outputs")


def uncalled_layers(
    exception: BaseException, construction_of: Callable[[Any], Construction | None]
) -> tuple[Uncalled, ...]:
    """The layers that the user's innermost line passed as tensors, in order; none where something else was wrong."""
    _, last, below = split(levels(exception))
    given = [] if last is None else _given_as_tensors(below)
    layers = _layers_in(given)
    source, call = (None, None) if last is None or not layers else (trees.source_for(last.code), last.node)
    if last is None or source is None or call is None:
        return ()
    found = (_uncalled(each, given, last, (source, call), construction_of(each)) for each in layers)
    return tuple(each for each in found if each is not None)


def _given_as_tensors(below: Sequence[Passed]) -> list[Any]:
    """What the first call of Keras takes for tensors: of a layer, of an operation, or as a model's ends."""
    for passed in below:
        values = argument_values(passed.frame)
        owner = values[0] if values else None
        if passed.code.co_name == "__init__" and isinstance(owner, keras_layers.Functional):
            return [passed.frame.f_locals.get(name) for name in _ENDS]
        if passed.code.co_name == "__call__" and isinstance(owner, keras_layers.Operation):
            return values[1:]
        if frames.is_functional_api(passed.code) and not frames.is_method_of_tensors(passed.code):
            return values
    return []


def _layers_in(values: Any) -> list[Any]:
    if isinstance(values, dict):
        values = list(values.values())
    if isinstance(values, list | tuple):
        return [layer for value in values for layer in _layers_in(value)]
    return [values] if isinstance(values, keras_layers.Layer) else []


def _uncalled(
    layer: Any, given: Any, last: Passed, place: tuple[Source, ast.expr], construction: Construction | None
) -> Uncalled | None:
    source, call = place
    use = next((node for node in ast.walk(call) if _is_layer(node, layer, last, source, construction)), None)
    if not isinstance(use, ast.expr):
        return None
    tensors = _tensors(last)
    return Uncalled(
        layer=layer,
        construction=construction,
        file=last.code.co_filename,
        use=source.span(use),
        in_sight=tuple(_in_sight(source, use, tensors)),
        result=_result(layer, given, tensors, source.text(source.span(use))),
    )


def _result(layer: Any, given: Any, tensors: dict[str, Any], written: str) -> str:
    """What the layer has given already, by its name, or as a model of the very inputs that are given beside it."""
    name = next((name for name, tensor in tensors.items() if keras_layers.producer_of(tensor) is layer), "")
    own = [] if name or keras_layers.functional_of(layer) is None else keras.tree.flatten(layer.inputs)
    is_beside = any(each is tensor for each in keras.tree.flatten(given) for tensor in own)
    return f"{written}.output" if is_beside else name


def _is_layer(node: ast.AST, layer: Any, last: Passed, source: Source, construction: Construction | None) -> bool:
    """Whether an expression in the line is the layer: its name, or the call that made it."""
    if isinstance(node, ast.Name | ast.Attribute):
        return value_of(node, last.frame) is layer
    return isinstance(node, ast.Call) and construction is not None and construction.call == source.span(node)


def _tensors(last: Passed) -> dict[str, Any]:
    """The symbolic tensors that names of the user's function, or of the module, stand for."""
    return {name: value for name, value in last.frame.f_locals.items() if _is_tensor(value)}


def _is_tensor(value: Any) -> bool:
    return isinstance(value, keras_layers.KerasTensor) or bool(keras.ops.is_tensor(value))


def _in_sight(source: Source, use: ast.expr, tensors: dict[str, Any]) -> Iterator[InSight]:
    """The names of tensors where the line stands, the one that was given last first."""
    scope = next((each for each in trees.ancestors(source, use) if isinstance(each, Scope)), None)
    places = [] if scope is None or isinstance(scope, ast.ClassDef) else _given_in(scope)
    for line, column, name in sorted(places, reverse=True):
        if name in tensors:
            yield InSight(name, line, column, tuple(tensors[name].shape))


def _given_in(scope: Scope) -> list[tuple[int, int, str]]:
    """(line, column, name) of each name that a function or module gives a value, its parameters included."""
    parameters = [] if isinstance(scope, ast.Module | ast.ClassDef) else parameters_of(scope.args)
    stored = (node for node in own_nodes(scope) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    places = [(each.lineno, each.col_offset, each.arg) for each in parameters]
    return [*places, *((node.lineno, node.col_offset, node.id) for node in stored)]
