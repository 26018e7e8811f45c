"""Other values of one argument with which a network would be as it should, by the rules of its layers alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from shapeguard.layers import Refusal, with_change
from shapeguard.layers.operations import shapes_of_operation
from shapeguard.static.layer_calls import config_of
from shapeguard.static.ruling import answer_of
from shapeguard.static.sizes import holds_unknown
from shapeguard.static.values import Layer, Operation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from shapeguard.layers import Change
    from shapeguard.records.network import Call, Shape
    from shapeguard.static.recording import Recorder

    Fits = Callable[[tuple[Shape, ...]], bool]
    Shapes = Mapping[int, Shape]

MOST_ASKED = 2_500
"""Rules that are asked for one fault, each in some 10 µs: what is nearer to the fault is tried first."""


@dataclass(frozen=True, slots=True)
class Fix:
    """Another value in the constructor call of some layers; `distance` counts the calls from there to the fault."""

    calls: tuple[Call, ...]
    change: Change
    config: Mapping[str, Any]
    distance: int
    output: tuple[Shape, ...]


def repairs(recorder: Recorder, goal: int, fits: Fits, wanted: Shape | None = None) -> list[Fix]:
    """The changes of one argument with which a call gives what `fits`, the most plausible first."""
    network = Propagation(recorder)
    found = []
    for distance, call, layer in _upstream_layers(recorder, goal):
        inputs, config = network.inputs(call, {}), network.config(layer)
        if inputs is None or holds_unknown([config.get(name) for name in arguments_of(layer)]):
            continue
        same = tuple(each for each in recorder.calls if _is_made_with(each, call))
        for change in _changes(layer, config, inputs, wanted if call.index == goal else None):
            output = network.with_change(same, change, goal)
            if output is not None and fits(output):
                found.append(Fix(same, change, config, distance, output))
        if network.asked >= MOST_ASKED:
            break
    return sorted(found, key=lambda fix: (fix.change.cost, fix.distance))


def _upstream_layers(recorder: Recorder, goal: int) -> Iterator[tuple[int, Call, Layer]]:
    """The calls of Keras' layers among those that a call depends on, itself included."""
    for distance, call in _upstream(recorder, goal):
        layer = call.operation
        if isinstance(layer, Layer) and layer.rule is not None and call.construction is not None:
            yield distance, call, layer


def arguments_of(layer: Layer) -> tuple[str, ...]:
    """The arguments that decide about the shapes of a layer."""
    return () if layer.rule is None else layer.rule.arguments


def _changes(layer: Layer, config: Mapping[str, Any], inputs: tuple[Shape, ...], wanted: Shape | None) -> list[Change]:
    """Other values worth trying for a layer that may have been given too little."""
    rule = layer.rule
    if rule is None:
        return []

    def ask() -> list[Change]:
        return [*rule.changes(config, inputs, (wanted,) if wanted else None)]

    found = answer_of(ask)
    return [change for change in found or () if not change.inner]


def _is_made_with(one: Call, other: Call) -> bool:
    """Whether the layers of two calls are made by the same constructor call in the source."""
    made, also = one.construction, other.construction
    return made is not None and also is not None and made.call is not None and made.call == also.call


def _upstream(recorder: Recorder, goal: int) -> Iterator[tuple[int, Call]]:
    """The calls that a call depends on, itself first, each with the number of calls between."""
    makers = {value: call.index for call in recorder.calls for value in call.outputs}
    seen, waiting = {goal}, [(0, goal)]
    while waiting:
        distance, index = waiting.pop(0)
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
        self._recorder = recorder
        self._configs: dict[int, Mapping[str, Any]] = {}
        self._given: dict[int, tuple[tuple[int | None, Shape | None], ...]] = {}
        self.asked = 0

    def config(self, layer: Layer) -> Mapping[str, Any]:
        """The config of a layer."""
        if id(layer) not in self._configs:
            self._configs[id(layer)] = config_of(layer)
        return self._configs[id(layer)]

    def with_change(self, changed: tuple[Call, ...], change: Change, goal: int) -> tuple[Shape, ...] | None:
        """What the call at `goal` gives with a change in place; `None` if something refuses it, or is not known.

        It is not known either if the change makes no difference to what that call is given.
        """
        indices = {call.index for call in changed}
        shapes: dict[int, Shape] = {}
        for call in self._recorder.calls[min(indices) : goal + 1]:
            is_changed = call.index in indices
            if not is_changed and not any(value in shapes for value in call.inputs):
                continue
            outputs = self._forward(call, shapes, change if is_changed else None)
            if outputs is None or call.index == goal:
                return outputs
            pairs = zip(call.outputs, outputs, strict=False)
            shapes.update((value, shape) for value, shape in pairs if shape != self._recorder.shapes_of[value])
        return None

    def _forward(self, call: Call, shapes: Shapes, change: Change | None) -> tuple[Shape, ...] | None:
        operation, inputs = call.operation, self.inputs(call, shapes)
        found: tuple[Shape, ...] | Refusal | None = None
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
            tensors = [(index, self._recorder.shapes_of[index]) for index in call.inputs]
        for index, shape in tensors:
            yield index, None if shape is None or holds_unknown(shape) else shape
