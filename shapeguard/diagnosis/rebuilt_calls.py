"""What a rebuild needs of single calls: their tensors in another order, a layer in front, second layers."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Protocol

import keras

from shapeguard.diagnosis.call_repairs import ReorderInputs, SplitLayer
from shapeguard.diagnosis.moved_layers import MoveLayer
from shapeguard.diagnosis.proposers.applications import rebuilt
from shapeguard.diagnosis.repairs import ChangeApplication, Remove, Replace, parts_of
from shapeguard.diagnosis.reshape_behind import ReshapeBehind
from shapeguard.keras_compat import keras_layers, keras_trainers
from shapeguard.layers import config_of, rebuild, traits_of
from shapeguard.source import frames

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from shapeguard.diagnosis.evaluated import Evaluated
    from shapeguard.diagnosis.graph import Graph
    from shapeguard.diagnosis.layer_specs import LayerSpec
    from shapeguard.diagnosis.repairs import ChangeArguments
    from shapeguard.layers import Change
    from shapeguard.records.network import Call, Shape
    from shapeguard.records.source import Construction, Span


class Makes(Protocol):
    """What makes a layer that is put in."""

    def layer(self) -> Any:
        """A fresh one."""


def with_layer(tensors: Sequence[Any], slot: int, made: Makes) -> list[Any]:
    """The tensors, the one at `slot` behind the layer."""
    return [made.layer()(x) if place == slot else x for place, x in enumerate(tensors)]


def behind_layer(
    args: tuple[Any, ...], kwargs: Mapping[str, Any], slot: int, made: Makes
) -> tuple[tuple[Any, ...], Mapping[str, Any]]:
    """The arguments of a call, the tensor at `slot` behind the layer; a function of the backend takes them by name."""
    if not args:
        rest = iter(with_layer(tensors_in((), dict(kwargs)), slot, made))
        changed: Mapping[str, Any] = keras.tree.map_structure(
            lambda x: next(rest) if keras_layers.holds_tensors(x) else x, dict(kwargs)
        )
        return args, changed
    if isinstance(args[0], list | tuple):
        return (with_layer(args[0], slot, made), *args[1:]), kwargs
    return tuple(with_layer(args, slot, made)), kwargs


def lines_of(graph: Graph, repair: ChangeArguments) -> dict[tuple[Span, str], Change]:
    """The lines that an edit changes."""
    constructions = (graph.nodes[index].construction for index in repair.nodes)
    return {(made.call, made.layer_type): repair.change for made in constructions if made and made.call}


def orders_in(graph: Graph, made: tuple[Evaluated, ...]) -> dict[tuple[object, int], tuple[int, ...]]:
    """The orders of tensors that repairs give, by identity and number of the call."""
    parts = [part for evaluated in made for part in parts_of(evaluated.repair) if isinstance(part, ReorderInputs)]
    calls = [(graph.nodes[index].call, part.order) for part in parts for index in part.nodes]
    return {(call.identity, call.number): order for call, order in calls}


def second_layers_in(graph: Graph, made: tuple[Evaluated, ...]) -> dict[tuple[object, int], Any]:
    """The layers of their own that repairs give to calls, by identity and number of the call."""
    parts = [part for evaluated in made for part in parts_of(evaluated.repair) if isinstance(part, SplitLayer)]
    calls = [graph.nodes[part.node].call for part in parts]
    return {(call.identity, call.number): rebuild(call.operation, config_of(call.operation)) for call in calls}


def others_in(graph: Graph, made: tuple[Evaluated, ...]) -> dict[object, LayerSpec | ReshapeBehind | MoveLayer]:
    """What makes the layers that are called in the place of others, by these."""
    found: dict[object, LayerSpec | ReshapeBehind | MoveLayer] = {}
    for part in (part for evaluated in made for part in parts_of(evaluated.repair)):
        if isinstance(part, MoveLayer):
            found[part.behind.identity] = part
        elif isinstance(part, Replace | ReshapeBehind):
            other = part.layer if isinstance(part, Replace) else part
            found[graph.nodes[part.node].call.identity] = other
    return found


def removed_in(graph: Graph, made: tuple[Evaluated, ...]) -> set[object]:
    """What is called no longer where it was called."""
    parts = [part for evaluated in made for part in parts_of(evaluated.repair) if isinstance(part, Remove | MoveLayer)]
    return {graph.nodes[part.node].call.identity for part in parts}


def reordered(order: tuple[int, ...], args: Any, kwargs: Any) -> tuple[Any, Any]:
    """The arguments with their tensors in another order; as they are where there are more or fewer of them now."""
    tensors = tensors_in(args, kwargs)
    if len(tensors) != len(order):
        return args, kwargs
    rest = iter([tensors[place] for place in order])
    args, kwargs = keras.tree.map_structure(
        lambda x: next(rest) if keras_layers.holds_tensors(x) else x, (args, dict(kwargs))
    )
    return args, kwargs


def owners_of(graph: Graph, operation: Any) -> tuple[Construction, ...]:
    """How the layers of the user's own around one that was not called yet were made, innermost first.

    Around an operation are those in whose methods its line runs, where there is one of that class alone.
    """
    every = _own_layers_of(graph)
    is_layer = isinstance(operation, keras_layers.Layer)
    around = _holding(every.values(), operation) if is_layer else _running(every.values(), operation)
    made = map(graph.construction_of, sorted(around, key=lambda each: len(keras_trainers.own_layers(each))))
    return tuple(each for each in made if each is not None)


def owners_running(graph: Graph, operation: Any) -> tuple[Construction, ...]:
    """How the layers were made whose methods made an operation just now, innermost first; `()` where none is running.

    A line that several layers of a class run makes other operations in each.
    """
    codes, running = keras_layers.codes_above(operation), []
    frame = frames.user_frame()
    while frame is not None:
        code = frame.f_code
        own = frame.f_locals.get(code.co_varnames[0]) if code in codes and code.co_argcount else None
        running += [own] if _is_own(own) else []
        frame = frame.f_back
    made = map(graph.construction_of, {id(each): each for each in running}.values())
    return tuple(each for each in made if each is not None)


def _own_layers_of(graph: Graph) -> dict[int, Any]:
    """The layers of the user's own in what is called, by their ids."""
    outermost = (call.operation for call in graph.network.calls if call.parent is None)
    roots = [each for each in outermost if isinstance(each, keras_layers.Layer)]
    return {id(each): each for root in roots for each in keras_trainers.own_layers(root) if _is_own(each)}


def layer_at(graph: Graph, number: int) -> Any | None:
    """The layer of the user's own that has an id."""
    return _own_layers_of(graph).get(number)


def _holding(layers: Collection[Any], operation: Any) -> list[Any]:
    return [each for each in layers if _holds(each, operation)]


def _running(layers: Collection[Any], operation: Any) -> list[Any]:
    often = Counter(map(type, layers))
    return [each for each in layers if often[type(each)] == 1 and _runs(each, operation)]


def _holds(layer: Any, operation: Any) -> bool:
    return any(each is operation for each in keras_trainers.own_layers(layer)[1:])


def _runs(layer: Any, operation: Any) -> bool:
    """Whether an operation was made by a line in a method of the layer's class."""
    codes = keras_layers.codes_above(operation)
    methods = (each for cls in type(layer).__mro__ for each in vars(cls).values())
    return any(getattr(each, "__code__", None) in codes for each in methods)


def _is_own(operation: Any) -> bool:
    return isinstance(operation, keras_layers.Layer) and not keras_layers.is_builtin(operation)


def tensors_in(args: Any, kwargs: Any) -> list[Any]:
    """The tensors of a call, in order."""
    return [x for x in keras.tree.flatten((args, kwargs)) if keras_layers.holds_tensors(x)]


def fits_as_built(call: Call, seen: list[Shape], now: list[Shape]) -> bool:
    """Whether the layer as it is judges what enters it now: to make and build it afresh takes 10 times as long.

    Most of a large network lies behind an edit.
    """
    layer = call.operation
    if not traits_of(call.layer_type).by_channels or not isinstance(layer, keras_layers.Layer):
        return False
    if not keras_layers.is_builtin(layer) or not layer.built:
        return False
    if getattr(layer, "data_format", "channels_last") != "channels_last":
        return False
    if getattr(layer, "axis", -1) not in (-1, len(seen[0]) - 1):
        return False
    return [(len(shape), shape[-1:]) for shape in seen] == [(len(shape), shape[-1:]) for shape in now]


def copied(layer: Any, number: int) -> Any:
    """A fresh layer from the config, for the `number`-th call.

    Calls before it that are not made again, as nothing differs in them, have built it.
    """
    fresh = rebuild(layer, config_of(layer))
    if number > 1 and layer.built:
        fresh.build_from_config(layer.get_build_config() or {})
    return fresh


class ApplicationEnd:
    """Stands for the last layer of an application: gives what the application gives when it is made again."""

    def __init__(self, repair: ChangeApplication) -> None:
        self._repair = repair
        self.name = repair.call.layer
        self._inbound_nodes: list[Any] = []
        self._outbound_nodes: list[Any] = []

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The application's output for the batch that comes in, as a KerasTensor without history."""
        samples = next((shape[0] for shape in shapes_in((args, kwargs)) if shape), None)
        model = rebuilt(self._repair.call, self._repair.arguments)
        if model is None:
            raise ValueError(self.name)
        return keras_layers.KerasTensor((samples, *model.output.shape[1:]), dtype=model.output.dtype)


def shapes_in(structure: Any) -> list[Shape]:
    """The shapes of the tensors in nested arguments or outputs, those of the backend included: weights, noise."""
    return [tuple(x.shape) for x in keras.tree.flatten(structure) if keras_layers.holds_tensors(x)]
