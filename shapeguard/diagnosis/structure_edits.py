"""Layers put in, taken out or exchanged, as edits of the user's source: what to write, and exactly where."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from shapeguard.diagnosis.repairs import Insert, Remove, Replace
from shapeguard.layers import registered_class
from shapeguard.records.findings import Edit
from shapeguard.records.network import ValueRef
from shapeguard.records.source import Correction
from shapeguard.source import frames, layer_edits, reading, trees
from shapeguard.source.layer_places import Applied, place_of_layer, runs_again
from shapeguard.source.spelling import LAYERS, is_in_sight, rewritten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.records.network import Call
    from shapeguard.records.source import Construction
    from shapeguard.source.layer_edits import Argument
    from shapeguard.source.layer_places import LayerPlace
    from shapeguard.source.spelling import Import
    from shapeguard.source.trees import Source


def edits_of_structure(analysis: Analysis, repair: Insert | Remove | Replace) -> list[Edit]:
    """The edits of a change of layers; the change comes first, then the imports that it needs."""
    node = analysis.graph.nodes[repair.nodes[0]]
    construction, names = node.construction, tuple(analysis.graph.nodes[index].call.layer for index in repair.nodes)
    written = _written(analysis, repair)
    edit = Edit(
        layer=node.call.layer,
        argument=repair.argument,
        value=None,
        suggestion=repair.suggestion,
        corrected=written.correction.text or None,
        layer_type=node.call.layer_type,
        layers=names,
        span_layers=names,
        span=None if construction is None or construction.indirect else (construction.callee or construction.call),
        replaces=written.correction.replaces,
        replacement=written.correction.replacement,
        callers=() if construction is None else construction.callers,
    )
    return [edit, *map(import_edit, written.imports)]


def import_edit(needed: Import) -> Edit:
    """The edit that brings an import."""
    return Edit(
        layer="",
        argument="import",
        value=None,
        suggestion=needed.statement,
        replaces=needed.replaces,
        replacement=needed.text,
        corrected=needed.statement,
    )


@dataclass(frozen=True, slots=True)
class _Written:
    """A change as text, and the imports that it needs."""

    correction: Correction
    imports: tuple[Import, ...] = ()


def _written(analysis: Analysis, repair: Insert | Remove | Replace) -> _Written:
    """The change in the source; without a place where that is not certain."""
    node = analysis.graph.nodes[repair.nodes[0]]
    place = _Place.of(node.construction)
    if place is None:
        return _Written(Correction(repair.suggestion))
    spelled = _spelled(place, repair.suggestion or "")
    if spelled is None:
        return _Written(Correction(repair.suggestion))
    text, imports = spelled
    change = _changed if _is_whole(analysis, repair, place) else _before_loop
    correction = change(analysis, repair, place, text)
    return _Written(Correction(text)) if correction is None else _Written(correction, imports)


@dataclass(frozen=True, slots=True)
class _Place:
    """A constructor call in its source."""

    construction: Construction
    source: Source
    made: ast.Call

    @classmethod
    def of(cls, construction: Construction | None) -> _Place | None:
        """The call that made a layer; `None` where its source is not the user's, or not at hand."""
        if construction is None or construction.call is None or construction.indirect:
            return None
        source = None if frames.is_library(construction.call.file) else trees.source_of(construction.call.file)
        made = None if source is None else source.call_ending(construction.call)
        return None if source is None or made is None else cls(construction, source, made)

    @property
    def is_function(self) -> bool:
        """Whether the call is of a function that makes the layer and calls it at once, as `layers.add([a, b])` is."""
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


def _changed(analysis: Analysis, repair: Insert | Remove | Replace, place: _Place, text: str) -> Correction | None:
    match repair:
        case Insert():
            return _inserted(analysis, repair, place, text)
        case Remove():
            entrance = place.entrance
            return None if entrance is None or place.entering else layer_edits.removed(place.source, entrance)
        case Replace():
            return layer_edits.exchanged(place.source, place.made, text, is_function=place.is_function)
        case _:
            assert_never(repair)


def _inserted(analysis: Analysis, repair: Insert, place: _Place, text: str) -> Correction | None:
    """A layer before another, which hands on what it says of the model's input if it was the first."""
    source, entrance, entering = place.source, place.entrance, place.entering
    argument = _argument(analysis.graph.nodes[repair.nodes[0]].call, repair.slots[0])
    if entrance is None or argument is None:
        return None
    text = layer_edits.with_keywords(source, place.made, text, entering)
    inserted = layer_edits.inserted(source, entrance, text, argument)
    if inserted is None or not entering:
        return inserted
    rest = analysis.problem.correct(place.construction, {}, dict.fromkeys(entering))
    return layer_edits.with_next(source, inserted, rest)


def _before_loop(analysis: Analysis, repair: Insert | Remove | Replace, place: _Place, text: str) -> Correction | None:
    """A layer put in before the first of those that a loop makes; `None` of any other."""
    graph, node = analysis.graph, analysis.graph.nodes[repair.nodes[0]]
    group = analysis.groups.of_span(node)
    is_first = len(repair.nodes) == 1 and group[0] == node.index
    entrance = place.entrance
    if not isinstance(repair, Insert) or not is_first or entrance is None or place.entering:
        return None
    calls = [graph.same_layer[id(graph.nodes[index].call.operation)] for index in group]
    argument = _argument(node.call, repair.slots[0])
    if argument is None or any(len(each) > 1 for each in calls):
        return None
    return layer_edits.inserted_before_loop(place.source, entrance, text, argument)


def _is_whole(analysis: Analysis, repair: Insert | Remove | Replace, place: _Place) -> bool:
    """Whether a change of the source there concerns the layers of the repair, and no others."""
    graph, node = analysis.graph, analysis.graph.nodes[repair.nodes[0]]
    layers = [graph.nodes[index].call.operation for index in analysis.groups.of_span(node)]
    calls = {index for layer in layers for index in graph.same_layer[id(layer)]}
    if calls != set(repair.nodes) or (isinstance(repair, Insert) and len(set(repair.slots)) > 1):
        return False
    return graph.network.complete or not runs_again(place.source, place.made)


def _argument(call: Call, slot: int) -> Argument | None:
    """Which of the call's arguments the tensor in a slot is."""
    places = [*_places(call.args), *(each for name in sorted(call.kwargs) for each in _in(call.kwargs[name], (name,)))]
    if [index for _, index in places] != list(call.inputs):
        return None
    return places[slot][0]


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


def _spelled(place: _Place, code: str) -> tuple[str, tuple[Import, ...]] | None:
    """The code of a layer in the names of the program; `None` where a class cannot be reached there."""
    tree = reading.expression_of(code)
    nodes = ast.walk(tree) if tree is not None else ()
    names = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    own = {name for name in names if registered_class(name) is not None}
    if not all(is_in_sight(place.source, place.made, name) for name in own):
        return None
    paths = {name: f"{LAYERS}.{name}" for name in names - own}
    return rewritten(place.source, place.made, code, paths, beside=place.construction.written_name or "")
