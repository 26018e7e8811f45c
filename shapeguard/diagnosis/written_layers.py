"""A layer's constructor call in the source of the program: where the layer enters, and how others are spelled there."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.layers import registered_class
from shapeguard.records.network import ValueRef
from shapeguard.records.source import OperationName
from shapeguard.source import frames, layer_edits, reading, trees
from shapeguard.source.layer_places import Applied, place_of_layer
from shapeguard.source.spelling import LAYERS, is_in_sight, rewritten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.records.network import Call
    from shapeguard.records.source import Construction
    from shapeguard.source.layer_edits import Argument
    from shapeguard.source.layer_places import LayerPlace
    from shapeguard.source.spelling import Import
    from shapeguard.source.trees import Source


@dataclass(frozen=True, slots=True)
class WrittenLayer:
    """A constructor call in its source."""

    construction: Construction
    source: Source
    made: ast.Call

    @classmethod
    def of(cls, construction: Construction | None) -> WrittenLayer | None:
        """The call that made a layer; `None` where its source is not the user's, or not at hand."""
        if construction is None or construction.call is None or construction.indirect:
            return None
        source = None if frames.is_library(construction.call.file) else trees.source_of(construction.call.file)
        made = None if source is None else source.call_ending(construction.call)
        if source is None or made is None or not _is_written_so(construction, source, made):
            return None
        return cls(construction, source, made)

    @property
    def is_function(self) -> bool:
        """Whether the call is of a function that makes the layer and calls it at once, as `layers.add([a, b])` is."""
        if isinstance(self.construction.layer, OperationName):
            return True
        name = trees.last_name(self.made.func)
        return name != self.construction.layer_type and name == self.construction.layer_type.lower()

    @property
    def entrance(self) -> LayerPlace | None:
        """Where the layer enters its model; `None` unless that is one place, seen in the source."""
        return Applied(self.made) if self.is_function else place_of_layer(self.source, self.made)

    @property
    def entering(self) -> tuple[str, ...]:
        """The arguments that are of the place in the model rather than of the layer, by name."""
        return tuple(keyword.arg for keyword in self.made.keywords if keyword.arg in layer_edits.INPUT_SHAPES)

    def spelled(self, code: str) -> tuple[str, tuple[Import, ...]] | None:
        """The code of a layer in the names of the program; `None` where a class cannot be reached there."""
        tree = reading.expression_of(code)
        nodes = ast.walk(tree) if tree is not None else ()
        names = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
        own = {name for name in names if registered_class(name) is not None}
        if not all(is_in_sight(self.source, self.made, name) for name in own):
            return None
        paths = {name: f"{LAYERS}.{name}" for name in names - own}
        return rewritten(self.source, self.made, code, paths, beside=self.construction.written_name or "")


def _is_written_so(construction: Construction, source: Source, made: ast.Call) -> bool:
    """Whether this is the call; of an operation only one that takes its tensors first: no operator, no einsum."""
    if not isinstance(construction.layer, OperationName):
        return True
    takes_first = all(argument.position != 0 for argument in construction.arguments)
    return takes_first and source.span(made) == construction.call


def argument_of(call: Call, slot: int) -> Argument | None:
    """Which of the call's arguments the tensor in a slot is."""
    places = places_of(call)
    return places[slot][0] if places else None


def places_of(call: Call) -> list[tuple[Argument, int]]:
    """(argument, value) of each tensor that a call takes, in the order of its inputs; none where that is not known."""
    places = [*_places(call.args), *(each for name in sorted(call.kwargs) for each in _in(call.kwargs[name], (name,)))]
    return places if [index for _, index in places] == list(call.inputs) else []


def _places(args: tuple[object, ...]) -> Iterator[tuple[Argument, int]]:
    for position, given in enumerate(args):
        yield from _in(given, (position,))


def _in(given: object, place: Argument) -> Iterator[tuple[Argument, int]]:
    if isinstance(given, ValueRef):
        yield place, given.index
    elif isinstance(given, list | tuple):
        for index, each in enumerate(given):
            yield from _in(each, (*place, index))
    elif isinstance(given, dict):
        for key in sorted(given):
            yield from _in(given[key], (*place, key))
