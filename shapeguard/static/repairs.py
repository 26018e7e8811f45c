"""Other values of one argument with which a network would be as it should, by the rules of its layers alone."""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass
from functools import partial
from itertools import permutations
from typing import TYPE_CHECKING, Any

from shapeguard.diagnosis.declared_inputs import input_cost, slips
from shapeguard.layers import Change, Refusal, Role, traits_of, with_change
from shapeguard.layers.operations import shapes_of_operation
from shapeguard.static.fitting import takes
from shapeguard.static.layer_calls import config_of
from shapeguard.static.ruling import answer_of
from shapeguard.static.sizes import holds_unknown
from shapeguard.static.values import Layer, Operation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from shapeguard.records.network import Call, Shape
    from shapeguard.static.recording import Recorder

    Fits = Callable[[tuple[Shape, ...]], bool]
    Shapes = Mapping[int, Shape]

MOST_ASKED = 2_500
"""Rules that are asked for one fault, each in some 10 µs: what is nearer to the fault is tried first."""


@dataclass(frozen=True, slots=True)
class Fix:
    """Another value in the constructor call of some layers; `distance` counts the calls from there to the fault.

    `declares`: it is another shape of an input, which the layer behind it may declare.
    """

    calls: tuple[Call, ...]
    change: Change
    config: Mapping[str, Any]
    distance: int
    inputs: tuple[Shape, ...]
    output: tuple[Shape, ...]
    declares: bool = False

    @property
    def shape(self) -> Shape:
        """The shape that the input would have, without the batch."""
        found: Any = self.change.arguments[0][1]
        return found if self.declares else ()


def repairs(recorder: Recorder, goal: int, fits: Fits, wanted: Shape | None = None) -> list[Fix]:
    """The changes of one argument with which a call gives what `fits`, the most plausible first."""
    network = Propagation(recorder)
    needed = _needed(recorder, goal, wanted)
    found: list[Fix] = []
    for distance, call, layer in _upstream_layers(recorder, goal):
        if network.asked >= MOST_ASKED:
            break
        if traits_of(layer.class_name).role is Role.INPUT:
            found += _of_input(network, call, distance, goal, fits)
            continue
        inputs, config = network.inputs(call, {}), network.config(layer)
        if inputs is None or holds_unknown([config.get(name) for name in arguments_of(layer)]):
            continue
        same = network.made_with(call)
        for change in _changes(layer, config, inputs, needed.get(call.index, ())):
            output = network.with_change(same, change, goal)
            if output is not None and fits(output):
                found.append(Fix(same, change, config, distance, inputs, output))
    return sorted(found, key=lambda fix: (fix.change.cost, fix.distance))


def _of_input(network: Propagation, call: Call, distance: int, goal: int, fits: Fits) -> Iterator[Fix]:
    """Other shapes of an input with which a call gives what `fits`; those of the data alone if these are known."""
    recorder, value = network.recorder, call.outputs[0]
    declared: Any = recorder.shapes_of[value]
    if not declared or holds_unknown(declared):
        return
    fed = recorder.fed.get(value)
    known = () if fed is None else ((declared[0], *fed),)
    for shape in dict.fromkeys((*known, *slips(declared, ()))):
        if shape == declared or not shape[1:] or not (fed is None or takes(shape[1:], fed)):
            continue
        output = network.with_values({value: shape}, goal)
        if output is not None and fits(output):
            change = Change((("shape", shape[1:]),), input_cost(fed, shape[1:], declared[1:]))
            yield Fix((call,), change, {"shape": declared[1:]}, distance, (), output, declares=True)


def _needed(recorder: Recorder, goal: int, wanted: Shape | None) -> dict[int, tuple[Shape, ...]]:
    """The shapes that calls would have to give, as far as nothing but layers that keep the shape is between.

    Of a merge that is refused these are the shapes that come in on the other ways.
    """
    needed: dict[int, list[Shape]] = {goal: [] if wanted is None else [wanted]}
    for value, shape in _of_other_ways(recorder, recorder.calls[goal]):
        _need(recorder, needed, value, [shape])
    for index in sorted(_indices_behind(recorder, goal), reverse=True):
        later = recorder.calls[index]
        kept = recorder.shapes_of[later.outputs[0]] if later.outputs else None
        for value in later.inputs:
            if kept is not None and recorder.shapes_of[value] == kept:
                _need(recorder, needed, value, needed.get(index, []))
    return {index: tuple(dict.fromkeys(each)) for index, each in needed.items()}


def _need(recorder: Recorder, needed: dict[int, list[Shape]], value: int, shapes: list[Shape]) -> None:
    """Notes that the call that makes a value would have to give these shapes."""
    maker = recorder.maker(value)
    if maker is not None and shapes:
        needed.setdefault(maker.index, []).extend(shapes)


def _of_other_ways(recorder: Recorder, call: Call) -> Iterator[tuple[int, Shape]]:
    """What each way into a merge that is refused would have to bring beside each other one."""
    if call.outputs or traits_of(call.layer_type).role not in {Role.SUM, Role.JOIN}:
        return
    shapes = {value: recorder.shapes_of[value] for value in call.inputs}
    known = {value: shape for value, shape in shapes.items() if shape and not holds_unknown(shape)}
    for value, other in permutations(known, 2):
        shape = _beside(call, known[value], known[other])
        if shape is not None:
            yield value, shape


def _indices_behind(recorder: Recorder, goal: int) -> list[int]:
    return [call.index for _, call in _upstream(recorder, goal)]


def _beside(call: Call, own: Any, other: Any) -> Shape | None:
    """What one way into a merge would have to bring beside another; a join leaves it its own size on the axis."""
    if traits_of(call.layer_type).role is Role.SUM:
        return tuple(other)
    axis = config_of(call.operation).get("axis") if isinstance(call.operation, Layer) else None
    if type(axis) is not int or len(own) != len(other) or not -len(own) <= axis < len(own):
        return None
    place = axis % len(own)
    return (*other[:place], own[place], *other[place + 1 :])


def _upstream_layers(recorder: Recorder, goal: int) -> Iterator[tuple[int, Call, Layer]]:
    """The calls of Keras' layers among those that a call depends on, itself included."""
    for distance, call in _upstream(recorder, goal):
        layer = call.operation
        is_input = isinstance(layer, Layer) and traits_of(layer.class_name).role is Role.INPUT
        if isinstance(layer, Layer) and (layer.rule is not None or is_input) and call.construction is not None:
            yield distance, call, layer


def arguments_of(layer: Layer) -> tuple[str, ...]:
    """The arguments that decide about the shapes of a layer."""
    return () if layer.rule is None else layer.rule.arguments


def _changes(
    layer: Layer, config: Mapping[str, Any], inputs: tuple[Shape, ...], needed: tuple[Shape, ...]
) -> list[Change]:
    """Other values worth trying for a layer that may have been given too little."""
    rule = layer.rule
    if rule is None:
        return []
    found: dict[object, Change] = {}
    for wanted in (*((each,) for each in needed), None):
        for change in answer_of(lambda wanted=wanted: [*rule.changes(config, inputs, wanted)]) or ():  # type: ignore[misc]
            if not change.inner or made_by(layer, change) is not layer:
                found.setdefault((change.inner, repr(change.arguments)), change)
    return list(found.values())


def made_by(layer: Layer, change: Change) -> Layer:
    """The layer whose constructor call a change is of: itself, or one that it wraps."""
    inside = layer.arguments.get(change.inner[0]) if len(change.inner) == 1 else None
    return inside if isinstance(inside, Layer) else layer


def _place_of(call: Call) -> object:
    """Where a layer is made, and its class: a first layer makes the input that it declares as well."""
    made = call.construction
    return None if made is None or made.call is None else (made.call, call.layer_type)


def _upstream(recorder: Recorder, goal: int) -> Iterator[tuple[int, Call]]:
    """The calls that a call depends on, itself first, each with the number of calls between."""
    makers = {value: call.index for call in recorder.calls for value in call.outputs}
    seen, waiting = {goal}, deque([(0, goal)])
    while waiting:
        distance, index = waiting.popleft()
        call = recorder.calls[index]
        yield distance, call
        for value in call.inputs:
            maker = makers.get(value)
            if maker is not None and maker not in seen:
                seen.add(maker)
                waiting.append((distance + 1, maker))


class Propagation:
    """The shapes of a network with a change in place; `asked` counts the rules that were asked.

    What does not depend on a change is worked out once: the config of each layer, and what each call is given.
    """

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self._configs: dict[int, Mapping[str, Any]] = {}
        self._given: dict[int, tuple[tuple[int | None, Shape | None], ...]] = {}
        self._consumers: dict[int, list[int]] = {}
        self._made: dict[object, list[Call]] = {}
        self.asked = 0
        for call in recorder.calls:
            for value in dict.fromkeys(call.inputs):
                self._consumers.setdefault(value, []).append(call.index)
            if (place := _place_of(call)) is not None:
                self._made.setdefault(place, []).append(call)

    def made_with(self, call: Call) -> tuple[Call, ...]:
        """The calls of layers of its class that the same constructor call in the source makes."""
        return tuple(self._made.get(_place_of(call), (call,)))

    def config(self, layer: Layer) -> Mapping[str, Any]:
        """The config of a layer."""
        if id(layer) not in self._configs:
            self._configs[id(layer)] = config_of(layer)
        return self._configs[id(layer)]

    def with_change(self, changed: tuple[Call, ...], change: Change, goal: int) -> tuple[Shape, ...] | None:
        """What the call at `goal` gives with a change in place; `None` if something refuses it, or is not known."""
        return self._propagated({}, {call.index for call in changed}, change, goal)

    def with_values(self, shapes: dict[int, Shape], goal: int) -> tuple[Shape, ...] | None:
        """What the call at `goal` gives if some tensors have other shapes; `None` as in `with_change`."""
        return self._propagated(shapes, set(), None, goal)

    def _propagated(
        self, shapes: dict[int, Shape], indices: set[int], change: Change | None, goal: int
    ) -> tuple[Shape, ...] | None:
        """Follows what changes, call by call, up to the call at `goal`."""
        waiting = sorted({*indices, *(index for value in shapes for index in self._consumers.get(value, ()))})
        known = set(waiting)
        while waiting and waiting[0] <= goal:
            index = heapq.heappop(waiting)
            call = self.recorder.calls[index]
            outputs = self._forward(call, shapes, change if index in indices else None)
            if outputs is None or index == goal:
                return outputs
            changed = self._changed(call, outputs)
            shapes.update(changed)
            for consumer in {each for value in changed for each in self._consumers.get(value, ())} - known:
                known.add(consumer)
                heapq.heappush(waiting, consumer)
        return self._as_it_is(goal)

    def _changed(self, call: Call, outputs: tuple[Shape, ...]) -> dict[int, Shape]:
        """The outputs that are not as they are in the program."""
        pairs = zip(call.outputs, outputs, strict=False)
        return {value: shape for value, shape in pairs if shape != self.recorder.shapes_of[value]}

    def _as_it_is(self, goal: int) -> tuple[Shape, ...] | None:
        """What the call at `goal` gives in the program."""
        found: list[Any] = [self.recorder.shapes_of[value] for value in self.recorder.calls[goal].outputs]
        return None if not found or any(each is None or holds_unknown(each) for each in found) else tuple(found)

    def _forward(self, call: Call, shapes: Shapes, change: Change | None) -> tuple[Shape, ...] | None:
        operation, inputs = call.operation, self.inputs(call, shapes)
        found: tuple[Shape, ...] | Refusal | None = None
        if self.asked >= MOST_ASKED:
            return None
        self.asked += 1
        if isinstance(operation, Layer) and operation.rule is not None and inputs:
            rule, config = operation.rule, self.config(operation)
            config = config if change is None else with_change(config, change)
            found = answer_of(partial(rule.forward, config, inputs))
        elif isinstance(operation, Operation) and inputs is not None:
            found = answer_of(partial(shapes_of_operation, operation.kind, operation.config, inputs))
        return None if isinstance(found, Refusal) else found

    def inputs(self, call: Call, shapes: Shapes) -> tuple[Shape, ...] | None:
        """The shapes of all tensors of a call; `None` if a size is not known."""
        if call.index not in self._given:
            self._given[call.index] = tuple(self._tensors_of(call))
        given = (known if index is None else shapes.get(index, known) for index, known in self._given[call.index])
        found = tuple(shape for shape in given if shape is not None)
        return found if len(found) == len(self._given[call.index]) else None

    def _tensors_of(self, call: Call) -> Iterator[tuple[int | None, Shape | None]]:
        """The tensors that a call is given, with their shapes as far as all sizes are known."""
        if isinstance(call.operation, Operation):
            tensors: list[tuple[int | None, Any]] = [(each.index, each.shape) for each in call.operation.tensors]
        else:
            tensors = [(index, self.recorder.shapes_of[index]) for index in call.inputs]
        for index, shape in tensors:
            yield index, None if shape is None or holds_unknown(shape) else shape
