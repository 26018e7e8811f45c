"""How repairs are rebuilt by Keras: fresh layers from the edit to where the shapes rejoin the observed ones."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, assert_never

import keras

from shapeguard.diagnosis.axis_repairs import IndexInput
from shapeguard.diagnosis.call_repairs import RedirectCall, ReorderInputs, SplitLayer
from shapeguard.diagnosis.keras_fallback import with_config
from shapeguard.diagnosis.moved_layers import MoveLayer
from shapeguard.diagnosis.number_change import ChangeNumber
from shapeguard.diagnosis.number_values import with_values
from shapeguard.diagnosis.proposers.applications import rebuilt
from shapeguard.diagnosis.rebuilt_calls import (
    ApplicationEnd,
    behind_layer,
    copied,
    fits_as_built,
    lines_of,
    orders_in,
    others_in,
    owners_of,
    removed_in,
    reordered,
    second_layers_in,
    shapes_in,
    tensors_in,
)
from shapeguard.diagnosis.rebuilt_numbers import ChangedNumbers
from shapeguard.diagnosis.rebuilt_redirections import RedirectedCalls
from shapeguard.diagnosis.rebuilt_weights import ScaledWeights
from shapeguard.diagnosis.repairs import (
    ChangeApplication,
    ChangeArguments,
    ChangeInput,
    ConvertData,
    Insert,
    Remove,
    Replace,
    parts_of,
)
from shapeguard.diagnosis.reshape_behind import ReshapeBehind
from shapeguard.diagnosis.rewritten_calls import RewriteCall
from shapeguard.diagnosis.rewritten_expressions import RewriteExpression, running_as_written
from shapeguard.keras_compat import keras_layers, keras_trainers, states
from shapeguard.keras_compat.own_cells import has_own_cell
from shapeguard.layers import config_of, rebuild, with_change
from shapeguard.records.source import INDEX
from shapeguard.source.scope_values import value_of_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from shapeguard.diagnosis.evaluated import Evaluated
    from shapeguard.diagnosis.graph import Graph
    from shapeguard.diagnosis.layer_specs import LayerSpec
    from shapeguard.diagnosis.repairs import SingleRepair
    from shapeguard.keras_compat.own_weights import Weight
    from shapeguard.layers import Change
    from shapeguard.records.network import Call, Network, Shape
    from shapeguard.records.source import Construction, Span

    Rerun = Callable[..., Network]


class Rebuild:
    """The hooks of a replay in which repairs are made: fresh layers, other inputs, an inserted layer."""

    def __init__(self, graph: Graph, made: tuple[Evaluated, ...]) -> None:
        self.makes_changes = bool(made)
        self._repairs = tuple(part for evaluated in made for part in parts_of(evaluated.repair))
        self._numbers = ChangedNumbers(graph, self._repairs)
        self._calls = {(call.identity, call.number): call for call in graph.network.calls}
        self._shapes = graph.shapes
        self._graph = graph
        self._configs = {
            graph.nodes[index].call.identity: config
            for evaluated in made
            for index, config in evaluated.patch.configs.items()
        }
        self._of_lines: dict[tuple[Span, str], Change] = {}
        self._scaled = ScaledWeights(graph, self._repairs)
        self._wordings: dict[tuple[Span, str], str | None] = {}
        self.inputs: dict[int, Shape] = {}
        self._inserts: dict[object, tuple[int, LayerSpec]] = {}
        self._others, self._removed = others_in(graph, made), removed_in(graph, made)
        self._indexed: dict[object, IndexInput] = {}
        self._orders = orders_in(graph, made)
        self._second_layers = second_layers_in(graph, made)
        self._redirected = RedirectedCalls(graph, self._repairs)
        self._applications: dict[object, ChangeApplication] = {}
        for part in self._repairs:
            self._take(part)
        self._fresh: dict[int, Any] = {}
        self._as_built: set[int] = set()

    def _take(self, repair: SingleRepair) -> None:
        """Remembers how a repair is rebuilt."""
        operations = [self._graph.nodes[index].call.identity for index in repair.nodes]
        match repair:
            case Insert():
                slots = zip(operations, repair.slots, strict=True)
                self._inserts.update((operation, (slot, repair.layer)) for operation, slot in slots)
            case ChangeInput() | ConvertData():
                self.inputs.update(repair.patch(self._graph).values)
            case ChangeApplication():
                self._applications[repair.call.identity] = repair
            case ChangeArguments():
                self._of_lines.update(lines_of(self._graph, repair))
                self._wordings.update(dict.fromkeys(lines_of(self._graph, repair), repair.wording))
            case ChangeNumber():
                self.inputs.update(repair.inputs(self._graph))
            case IndexInput():
                self._indexed.update(dict.fromkeys(operations, repair))
            case (
                RewriteCall()
                | ReorderInputs()
                | SplitLayer()
                | RedirectCall()
                | RewriteExpression()
                | Remove()
                | Replace()
                | ReshapeBehind()
                | MoveLayer()
            ):
                pass  # they are no part of the network, or are taken as a whole
            case _:
                assert_never(repair)

    def network(self, rerun: Rerun) -> Network:
        """The pass as Keras makes it with the repairs; it raises what comes of a layer whose config Keras refuses."""
        with states.leaving_no_mark(), self.rewriting():
            return rerun(
                self.inputs, replace=self.replace, before=self.before, shortcut=self.shortcut, weight=self.weight
            )

    def rewriting(self) -> AbstractContextManager[None]:
        """While it lasts, the user's own functions are as the repairs write them."""
        return running_as_written(self._repairs)

    def may_change_inside(self, layer: Any) -> bool:
        """Whether a call inside a layer of the user's own may differ: of a layer that it has, or of any operation."""
        reordered = {identity for identity, _ in (*self._orders, *self._second_layers)}
        changed = (
            self._configs.keys()
            | self._inserts.keys()
            | self._others.keys()
            | self._removed
            | self._indexed.keys()
            | reordered
        )
        if any(isinstance(identity, tuple) for identity in changed):
            return True
        inside = keras_trainers.own_layers(layer)[1:]
        return any(
            id(each) in changed or self._redirected.changes(each) or self._like_line(each, id(each)) is not None
            for each in inside
        )

    def shortcut(self, operation: Any, number: int, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any | None:
        """The observed outputs where neither the layer nor what enters it differs; `None` where it must be called."""
        if keras_layers.identity_of(operation) in self._removed:
            return args[0]
        if self._redirected.lifts(operation):
            self._redirected.lift(operation)
            return args[0]
        known = self.call_of(operation, number)
        if known is None or known.failure is not None or self._changes(operation):
            return None
        seen, now = [self._shapes[v] for v in known.inputs], shapes_in((args, kwargs))
        if known.index not in self._graph.nodes or now != seen:
            self._as_built.discard(id(operation))
            if known.index in self._graph.nodes and fits_as_built(known, seen, now):
                self._as_built.add(id(operation))
            return None
        return self.observed(known)

    def _changes(self, operation: Any) -> bool:
        identity = keras_layers.identity_of(operation)
        changes = (self._configs, self._inserts, self._others, self._applications)
        return any(identity in changed for changed in changes)

    def call_of(self, operation: Any, number: int) -> Call | None:
        """The call as it was observed."""
        return self._calls.get((keras_layers.identity_of(operation), number))

    def unchanged(self, operation: Any, number: int, taken: Sequence[Shape]) -> Call | None:
        """The observed call, if it is the same but for the size of the batch."""
        call = self.call_of(operation, number)
        if call is None or call.failure is not None or self._changes(operation):
            return None
        seen = [self._shapes[value] for value in call.inputs]
        return call if [shape[1:] for shape in seen] == [shape[1:] for shape in taken] else None

    def observed(self, call: Call) -> Any:
        """What a call gave, as KerasTensors."""

        def tensor(x: Any) -> Any:
            if not hasattr(x, "index"):
                return x
            value = self._graph.network.values[x.index]
            return keras_layers.KerasTensor(value.shape, dtype=value.dtype or "float32")

        return keras.tree.map_structure(tensor, call.structure)

    def is_application(self, operation: Any) -> bool:
        """Whether the operation ends an application that is made again."""
        return keras_layers.identity_of(operation) in self._applications

    def replace(self, operation: Any, number: int) -> Any | None:
        """A fresh copy of a built-in layer, with the repair's arguments where it changes them.

        For its `number`-th call it may be another one.
        """
        identity = keras_layers.identity_of(operation)
        if (identity, number) in self._second_layers:
            return self._second_layers[identity, number]
        changed = self._applications.get(identity)
        if changed is not None:
            is_inside = changed.call.application is not None
            return ApplicationEnd(changed) if is_inside else rebuilt(changed.call, changed.arguments)
        other = self._others.get(identity)
        if other is not None:
            return other.layer()
        if isinstance(operation, keras_layers.Layer):
            return self._rebuilt(operation, number)
        config = self.arguments_of(operation)
        return None if config is None else with_config(operation, config)

    def is_other(self, operation: Any) -> bool:
        """Whether something else is called in the place of an operation, or nothing."""
        identity = keras_layers.identity_of(operation)
        return identity in self._others or identity in self._removed or self._redirected.lifts(operation)

    def arguments_of(self, operation: Any) -> Mapping[str, Any] | None:
        """The arguments of an operation with the repair's; `None` where it stays as it is."""
        identity = keras_layers.identity_of(operation)
        return self._numbers.running(operation) or self._configs.get(identity) or self._like_line(operation, identity)

    def _like_line(self, operation: Any, identity: object) -> Mapping[str, Any] | None:
        """The config after the change of the source that made it, where the pass ended before it was called.

        An edit of a line, or of a number, concerns the layers of later blocks too. Of a layer of the user's own what is
        inside changes.
        """
        is_own = isinstance(operation, keras_layers.Layer) and not keras_layers.is_builtin(operation)
        if is_own or not (self._of_lines or self._numbers) or identity in self._graph.same_layer:
            return None
        made = self._graph.construction_of(operation)
        if made is None or made.call is None:
            return None
        owners = owners_of(self._graph, operation)
        change, values = self._change_of(made, owners), self._numbers.of(made, owners)
        if change is None and not values:
            return None
        is_layer = isinstance(operation, keras_layers.Layer)
        config = config_of(operation) if is_layer else keras_layers.arguments_of(operation)
        return with_values(config if change is None else with_change(config, change), values)

    def _change_of(self, made: Construction, owners: tuple[Construction, ...]) -> Change | None:
        """What becomes of another layer of a line that changes; another name may be another value there."""
        if made.call is None:
            return None
        line = made.call, made.layer_type
        change, wording = self._of_lines.get(line), self._wordings.get(line)
        if change is None or wording is None:
            return change
        name = change.arguments[0][0]
        return replace(change, arguments=((name, value_of_text(made, owners, name, wording)),))

    def _rebuilt(self, layer: Any, number: int) -> Any | None:
        """The layer from its config, once, for its `number`-th call; `None` if it may stay as it is."""
        changed = self._configs.get(id(layer)) or self._like_line(layer, id(layer))
        may_stay = not keras_layers.is_builtin(layer) or isinstance(layer, keras.layers.Lambda) or has_own_cell(layer)
        if isinstance(layer, keras.Model) or id(layer) in self._as_built or (may_stay and changed is None):
            return None
        if id(layer) not in self._fresh:
            self._fresh[id(layer)] = rebuild(layer, changed) if changed else copied(layer, number)
        return self._fresh[id(layer)]

    def weight(self, weight: Weight, shape: Shape) -> Shape:
        """The shape of a weight, with the repair's where it changes it."""
        identity = keras_layers.identity_of(weight)
        changed = self._configs.get(identity)
        if changed is None and self._scaled:
            return self._scaled.shape(weight, shape)
        if changed is None and identity not in self._graph.same_layer:
            made = self._graph.construction_of(weight)
            values = {} if made is None else self._numbers.of(made, ())
            changed = {"shape": shape} | {name: new for name, new in values.items() if name == "shape"}
        return shape if changed is None else tuple(changed["shape"])

    def fresh_of(self, operation: Any) -> Any | None:
        """The layer that was made afresh in the place of another one."""
        return self._fresh.get(id(operation))

    def before(
        self, operation: Any, number: int, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> tuple[tuple[Any, ...], Mapping[str, Any]]:
        """The arguments of the `number`-th call of an operation after an inserted layer, or in another order."""
        identity = keras_layers.identity_of(operation)
        order = self._orders.get((identity, number))
        if order is not None:
            args, kwargs = reordered(order, args, kwargs)
        args, kwargs = self._redirected.before(operation, args, kwargs)
        if identity in self._indexed:
            return self._indexed[identity].in_call(args, kwargs)
        if INDEX in self._configs.get(identity, ()):
            return (args[0], self._configs[identity][INDEX]), kwargs
        if identity in self._others and not isinstance(operation, keras_layers.Layer):
            tensors = tensors_in(args, kwargs)
            return (tensors if len(tensors) > 1 else tensors[0],), {}
        slot, made = self._inserts.get(identity, (0, None))
        return (args, kwargs) if made is None else behind_layer(args, kwargs, slot, made)
