"""Keras judges: the candidate's world built from fresh layers, from the edit to where the shapes rejoin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from shapeguard.diagnosis.proposers.applications import rebuilt
from shapeguard.diagnosis.what_if import Scenario, crash_value, more_values
from shapeguard.keras_compat import keras_layers
from shapeguard.layers import config_of, rebuild

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from shapeguard.diagnosis.constraints import Constraint, Constraints
    from shapeguard.diagnosis.graph import Graph
    from shapeguard.diagnosis.layer_specs import LayerSpec
    from shapeguard.diagnosis.repairs import Repair
    from shapeguard.layers import Change
    from shapeguard.records.network import Call, Network, Shape

    Rerun = Callable[..., Network]


BY_CHANNELS = frozenset(
    {"Activation", "BatchNormalization", "Dropout", "LeakyReLU", "ReLU", "Softmax"}
    | {f"{kind}{rank}D" for kind in ("Conv", "DepthwiseConv", "SeparableConv") for rank in (1, 2, 3)}
    | {f"{kind}Pooling{rank}D" for kind in ("Max", "Average", "GlobalMax", "GlobalAverage") for rank in (1, 2, 3)}
    | {f"ZeroPadding{rank}D" for rank in (1, 2, 3)}
)
"""Layers whose weights and checks depend on the rank and the last axis alone: as built, they judge other sizes too.

Most of a large network lies behind an edit; to make and build each layer afresh takes 10 times as long as to call it.
"""


class WhatIf:
    """The hooks of a replay that make one candidate's world: fresh layers, other inputs, an inserted layer."""

    def __init__(self, graph: Graph, candidates: tuple[Repair, ...]) -> None:
        parts = tuple(part for candidate in candidates for part in _all(candidate))
        self._calls = {(id(call.operation), call.number): call for call in graph.network.calls}
        self._shapes = graph.shapes
        self._graph = graph
        self._configs = {
            id(graph.nodes[index].call.operation): config for c in parts for index, config in c.configs.items()
        }
        self._inserts = {
            id(graph.nodes[index].call.operation): (slot, c.made)
            for c in parts
            if c.argument == "insert_before"
            for index, slot in zip(c.nodes, c.slots, strict=True)
        }
        self._others = {
            id(graph.nodes[index].call.operation): c.made for c in parts if c.argument == "replace" for index in c.nodes
        }
        self._removed = {
            id(graph.nodes[index].call.operation) for c in parts if c.argument == "remove" for index in c.nodes
        }
        self._applications = {id(c.application.operation): c for c in parts if c.application is not None}
        self._fresh: dict[int, Any] = {}
        self._as_built: set[int] = set()

    def shortcut(self, operation: Any, number: int, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any | None:
        """The observed outputs where neither the layer nor what enters it differs; `None` where it must be called."""
        if id(operation) in self._removed:
            return args[0]
        known = self._calls.get((id(operation), number))
        if known is None or known.failure is not None or self._changes(operation):
            return None
        seen, now = [self._shapes[v] for v in known.inputs], _shapes_in((args, kwargs))
        if known.index not in self._graph.nodes or now != seen:
            self._as_built.discard(id(operation))
            if known.index in self._graph.nodes and _fits_as_built(known, seen, now):
                self._as_built.add(id(operation))
            return None
        return self._observed(known)

    def _changes(self, operation: Any) -> bool:
        changes = (self._configs, self._inserts, self._others, self._applications)
        return any(id(operation) in changed for changed in changes)

    def _observed(self, call: Call) -> Any:
        def tensor(x: Any) -> Any:
            if not hasattr(x, "index"):
                return x
            value = self._graph.network.values[x.index]
            return keras_layers.KerasTensor(value.shape, dtype=value.dtype or "float32")

        return keras.tree.map_structure(tensor, call.structure)

    def replace(self, operation: Any) -> Any | None:
        """A fresh copy of a built-in layer, with the candidate's arguments where it changes them."""
        changed = self._applications.get(id(operation))
        if changed is not None and changed.application is not None and changed.change is not None:
            if changed.application.application is not None:
                return _Given(changed.application, changed.change)
            return rebuilt(changed.application, changed.change)
        other = self._others.get(id(operation))
        if other is not None:
            return other.layer()
        if not isinstance(operation, keras_layers.Layer) or (
            not keras_layers.is_builtin(operation) and id(operation) not in self._configs
        ):
            return None
        unchanged = isinstance(operation, keras.layers.Lambda) and id(operation) not in self._configs
        if isinstance(operation, keras.Model) or id(operation) in self._as_built or unchanged:
            return None
        if id(operation) not in self._fresh:
            config = self._configs.get(id(operation)) or config_of(operation)
            self._fresh[id(operation)] = rebuild(operation, config)
        return self._fresh[id(operation)]

    def before(self, operation: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments after an inserted layer."""
        slot, made = self._inserts.get(id(operation), (0, None))
        if made is None:
            return args
        if isinstance(args[0], list | tuple):
            return (_with_layer(args[0], slot, made), *args[1:])
        return tuple(_with_layer(args, slot, made))


def _with_layer(tensors: Sequence[Any], slot: int, made: LayerSpec) -> list[Any]:
    return [made.layer()(x) if place == slot else x for place, x in enumerate(tensors)]


def _fits_as_built(call: Call, seen: list[Shape], now: list[Shape]) -> bool:
    if call.layer_type not in BY_CHANNELS or not keras_layers.is_builtin(call.operation) or not call.operation.built:
        return False
    if getattr(call.operation, "data_format", "channels_last") != "channels_last":
        return False
    if getattr(call.operation, "axis", -1) not in (-1, len(seen[0]) - 1):
        return False
    return [(len(shape), shape[-1:]) for shape in seen] == [(len(shape), shape[-1:]) for shape in now]


class _Given:
    """Stands for the last layer of an application: gives what the application gives when it is made again."""

    def __init__(self, call: Call, change: Change) -> None:
        self._call, self._change = call, change
        self.name = call.layer
        self._inbound_nodes: list[Any] = []
        self._outbound_nodes: list[Any] = []

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The application's output, as a KerasTensor without history."""
        del args, kwargs
        model = rebuilt(self._call, self._change)
        if model is None:
            raise ValueError(self._call.layer)
        return keras_layers.KerasTensor(tuple(model.output.shape), dtype=model.output.dtype)


def verify(
    graph: Graph,
    constraints: Constraints,
    candidate: Repair,
    rerun: Rerun | None,
    ignore: Iterable[Constraint] = (),
    earlier: tuple[Repair, ...] = (),
) -> bool | None:
    """Whether Keras itself, called symbolically on fresh layers, meets every goal in the candidate's world.

    `earlier` are repairs of other faults that are made too. `None` where that cannot be told: the change reaches a
    layer that no fresh copy can stand for, or nothing may be run again.
    """
    if rerun is None or candidate.scenario is None or candidate.scenario.unknown or candidate.scenario.through:
        return None
    what_if = WhatIf(graph, (*earlier, candidate))
    inputs: dict[int, Shape] = {}
    for part in (part for each in (*earlier, candidate) for part in _all(each)):
        if part.argument == "shape":
            inputs.update(part.values)
    with keras_layers.leaving_no_mark():
        try:
            network = rerun(inputs, replace=what_if.replace, before=what_if.before, shortcut=what_if.shortcut)
        except Exception:  # noqa: BLE001  a layer whose config Keras refuses: not verified
            return False
    if any(call.failure is not None for call in network.calls):
        return False
    return _met(graph, constraints, network, tuple(ignore))


def _met(graph: Graph, constraints: Constraints, network: Network, ignore: tuple[Constraint, ...]) -> bool | None:
    """The goals in the rerun network, whose calls are found by their operation and the number of the call."""
    made = {(id(call.operation), call.number): call for call in network.calls}
    world_shapes: dict[int, Shape] = {}
    dropped: set[int] = set()
    for call in graph.network.calls:
        twin = made.get((id(call.operation), call.number))
        if twin is None:
            continue
        outputs = call.outputs or tuple(_crash_outputs(graph, call, twin))
        world_shapes.update((value, network.values[v].shape) for value, v in zip(outputs, twin.outputs, strict=False))
        world_shapes.update(more_values(call.index, len(outputs), [network.values[v].shape for v in twin.outputs]))
        dropped.update(outputs[len(twin.outputs) :])
    for value, twin_value in zip(graph.network.outputs, network.outputs, strict=False):
        world_shapes[value] = network.values[twin_value].shape
    scenario = Scenario(shapes=world_shapes, dropped=dropped)
    if not constraints.met(scenario, ignore):
        return False
    return True if constraints.is_known(scenario) else None


def _crash_outputs(graph: Graph, call: Call, twin: Call) -> Iterable[int]:
    return (crash_value(call.index, slot) for slot in range(len(twin.outputs))) if call.index == graph.crashed else ()


def _all(candidate: Repair) -> tuple[Repair, ...]:
    return (candidate, *candidate.more)


def _shapes_in(structure: Any) -> list[Shape]:
    return [tuple(x.shape) for x in keras.tree.flatten(structure) if isinstance(x, keras_layers.KerasTensor)]
