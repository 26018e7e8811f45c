"""Layers put in, taken out or exchanged, as edits of the user's source: what to write, and exactly where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from shapeguard.diagnosis.axis_edits import tensor_at
from shapeguard.diagnosis.keras_fallback import OperationRule
from shapeguard.diagnosis.repairs import Insert, Remove, Replace
from shapeguard.diagnosis.written_calls import WrittenCall
from shapeguard.diagnosis.written_layers import WrittenLayer, argument_of
from shapeguard.records.findings import Edit
from shapeguard.records.source import Correction
from shapeguard.source import layer_edits
from shapeguard.source.layer_places import runs_again
from shapeguard.source.spelling import LAYERS, rewritten

if TYPE_CHECKING:
    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.graph import Node
    from shapeguard.source.spelling import Import


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
    if isinstance(repair, Replace) and isinstance(node.rule, OperationRule):
        return _of_operation(analysis, repair, node)
    place = WrittenLayer.of(node.construction)
    if place is None:
        return _Written(Correction(repair.suggestion))
    spelled = place.spelled(repair.suggestion or "")
    if spelled is None:
        return _Written(Correction(repair.suggestion))
    text, imports = spelled
    if _is_whole(analysis, repair, place):
        correction = _changed(analysis, repair, place, text)
    else:
        correction = _before_loop(analysis, repair, place, text) or _behind(analysis, repair, place.source.file, text)
    return _Written(Correction(text)) if correction is None else _Written(correction, imports)


def _of_operation(analysis: Analysis, repair: Replace, node: Node) -> _Written:
    """A layer in the place of an operation: `layers.Concatenate()([x, y])` for `x + y`, or of one tensor."""
    written, code = WrittenCall.of(analysis, node), repair.suggestion
    tensors = [] if written is None else [tensor_at(written, node, slot) for slot in range(len(node.inputs))]
    if written is None or None in tensors or written.nodes != (node.index,):
        return _Written(Correction(code))
    name = code.partition("(")[0]
    spelled = rewritten(written.source, written.expression, code, {name: f"{LAYERS}.{name}"})
    if spelled is None:
        return _Written(Correction(code))
    texts = ", ".join(written.source.text(written.source.span(each)) for each in tensors if each is not None)
    taken = f"[{texts}]" if len(tensors) > 1 else texts
    span, text = written.source.span(written.expression), f"{spelled[0]}({taken})"
    return _Written(Correction(text, span, text), spelled[1])


def _changed(
    analysis: Analysis, repair: Insert | Remove | Replace, place: WrittenLayer, text: str
) -> Correction | None:
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


def _inserted(analysis: Analysis, repair: Insert, place: WrittenLayer, text: str) -> Correction | None:
    """A layer before another, which hands on what it says of the model's input if it was the first."""
    source, entrance, entering = place.source, place.entrance, place.entering
    argument = argument_of(analysis.graph.nodes[repair.nodes[0]].call, repair.slots[0])
    if entrance is None or argument is None:
        return None
    text = layer_edits.with_keywords(source, place.made, text, entering)
    inserted = layer_edits.inserted(source, entrance, text, argument)
    if inserted is None or not entering:
        return inserted
    rest = analysis.problem.correct(place.construction, {}, dict.fromkeys(entering))
    return layer_edits.with_next(source, inserted, rest)


def _before_loop(
    analysis: Analysis, repair: Insert | Remove | Replace, place: WrittenLayer, text: str
) -> Correction | None:
    """A layer put in before the first of those that a loop makes; `None` of any other."""
    graph, node = analysis.graph, analysis.graph.nodes[repair.nodes[0]]
    group = analysis.groups.of_span(node)
    is_first = len(repair.nodes) == 1 and group[0] == node.index
    entrance = place.entrance
    if not isinstance(repair, Insert) or not is_first or entrance is None or place.entering:
        return None
    calls = [graph.same_layer[graph.nodes[index].call.identity] for index in group]
    argument = argument_of(node.call, repair.slots[0])
    if argument is None or any(len(each) > 1 for each in calls):
        return None
    return layer_edits.inserted_before_loop(place.source, entrance, text, argument)


def _behind(analysis: Analysis, repair: Insert | Remove | Replace, file: str, text: str) -> Correction | None:
    """A layer put in on all ways of what a layer gives, where that is made in the same file; `None` of any other."""
    maker = _maker(analysis, repair) if isinstance(repair, Insert) and len(repair.nodes) > 1 else None
    place = None if maker is None else WrittenLayer.of(maker.construction)
    entrance = None if place is None or place.source.file != file else place.entrance
    return None if place is None or entrance is None else layer_edits.inserted_behind(place.source, entrance, text)


def _maker(analysis: Analysis, repair: Insert) -> Node | None:
    """The layer, made and called once, of which an inserted one takes all that it gives."""
    graph = analysis.graph
    value = graph.nodes[repair.nodes[0]].inputs[repair.slots[0]]
    maker = graph.nodes.get(graph.producer.get(value, -1))
    takers = sorted(graph.consumers.get(value, ()))
    if maker is None or takers != sorted(repair.nodes) or value in graph.network.outputs:
        return None
    layers = [graph.same_layer[graph.nodes[index].call.identity] for index in analysis.groups.of_span(maker)]
    return maker if layers == [[maker.index]] and graph.network.complete else None


def _is_whole(analysis: Analysis, repair: Insert | Remove | Replace, place: WrittenLayer) -> bool:
    """Whether a change of the source there concerns the layers of the repair, and no others."""
    graph, node = analysis.graph, analysis.graph.nodes[repair.nodes[0]]
    layers = [graph.nodes[index].call.identity for index in analysis.groups.of_span(node)]
    calls = {index for layer in layers for index in graph.same_layer[layer]}
    if calls != set(repair.nodes) or (isinstance(repair, Insert) and len(set(repair.slots)) > 1):
        return False
    return graph.network.complete or not runs_again(place.source, place.made)
