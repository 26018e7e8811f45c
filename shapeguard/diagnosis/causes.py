"""Turns a repair into the `Cause` that users see: edits with their places, the corrected call, the derivation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, assert_never

from shapeguard.diagnosis import cause_text
from shapeguard.diagnosis.argument_values import value_of
from shapeguard.diagnosis.axis_edits import edit_of_axis
from shapeguard.diagnosis.axis_repairs import IndexInput
from shapeguard.diagnosis.batch_words import written_batch
from shapeguard.diagnosis.call_repairs import RedirectCall, ReorderInputs, SplitLayer
from shapeguard.diagnosis.data_edits import edits_of_data
from shapeguard.diagnosis.edits_behind import edits_behind
from shapeguard.diagnosis.edits_of_calls import edits_of_application, edits_of_call, first_argument, span_of
from shapeguard.diagnosis.expression_edits import edit_of_expression
from shapeguard.diagnosis.moved_edits import edits_of_move
from shapeguard.diagnosis.moved_layers import MoveLayer
from shapeguard.diagnosis.number_change import ChangeNumber
from shapeguard.diagnosis.number_edits import edit_of_number
from shapeguard.diagnosis.order_edits import edit_of_order
from shapeguard.diagnosis.redirection_edits import edits_of_redirection
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
from shapeguard.diagnosis.rewritten_expressions import RewriteExpression
from shapeguard.diagnosis.sample_counts import without_samples
from shapeguard.diagnosis.split_edits import edits_of_split
from shapeguard.diagnosis.structure_edits import edits_of_structure
from shapeguard.diagnosis.written_numbers import written_for
from shapeguard.diagnosis.written_shapes import written_shape
from shapeguard.records.findings import Cause, Edit
from shapeguard.records.source import INDEX, Opaque
from shapeguard.source.literals import index_code
from shapeguard.source.value_equality import same_value

if TYPE_CHECKING:
    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.evaluated import Evaluated
    from shapeguard.diagnosis.graph import Node
    from shapeguard.diagnosis.repairs import Repair, SingleRepair
    from shapeguard.layers import Change
    from shapeguard.records.source import Construction


def cause_of(analysis: Analysis, evaluated: Evaluated, *, sure: bool, also: tuple[object, ...]) -> Cause:
    """The cause that a repair stands for."""
    edits = edits_of(analysis, evaluated.repair)
    text = cause_text.explained(analysis, evaluated, edits)
    return Cause(
        kind=evaluated.repair.kind,
        edits=edits,
        confidence="cause" if sure else "possible",
        proven_by="rebuilt" if evaluated.is_verified else None,
        explanation=text.explanation,
        also=also,
        title=text.title,
        label=text.label,
        fix_note=text.fix_note,
        proof=text.proof,
    )


def edits_of(analysis: Analysis, repair: Repair) -> tuple[Edit, ...]:
    """The changes of the program that a repair stands for, those of its first part first."""
    return tuple(edit for part in parts_of(repair) for edit in _edits(analysis, part))


def _edits(analysis: Analysis, repair: SingleRepair) -> list[Edit]:
    match repair:
        case ChangeApplication():
            return edits_of_application(analysis, repair)
        case Insert() | Remove() | Replace() | SplitLayer() | MoveLayer() | RedirectCall():
            return _of_structure(analysis, repair)
        case ConvertData():
            return edits_of_data(analysis, repair)
        case ChangeInput() | ChangeNumber() | ReorderInputs() | IndexInput() | RewriteExpression():
            return [_of_one_place(analysis, repair)]
        case ChangeArguments() | ReshapeBehind():
            return _of_layer(analysis, repair)
        case RewriteCall():
            return edits_of_call(analysis, repair)
        case _:
            assert_never(repair)


def _of_structure(
    analysis: Analysis, repair: Insert | Remove | Replace | SplitLayer | MoveLayer | RedirectCall
) -> list[Edit]:
    match repair:
        case RedirectCall():
            return edits_of_redirection(analysis, repair)
        case SplitLayer():
            return edits_of_split(analysis, repair)
        case MoveLayer():
            return edits_of_move(analysis, repair)
        case Insert() | Remove() | Replace():
            return edits_of_structure(analysis, repair)
        case _:
            assert_never(repair)


def _of_layer(analysis: Analysis, repair: ChangeArguments | ReshapeBehind) -> list[Edit]:
    """Other arguments, and what goes behind the layer then."""
    if isinstance(repair, ChangeArguments):
        return _of_arguments(analysis, repair)
    own = [] if repair.change is None else _of_arguments(analysis, ChangeArguments(repair.nodes, repair.change))
    return [*own, *edits_behind(analysis, repair)]


def _of_one_place(
    analysis: Analysis, repair: ChangeInput | ChangeNumber | ReorderInputs | IndexInput | RewriteExpression
) -> Edit:
    match repair:
        case RewriteExpression():
            return edit_of_expression(analysis, repair)
        case ReorderInputs():
            return edit_of_order(analysis, repair)
        case IndexInput():
            return edit_of_axis(analysis, repair)
        case ChangeNumber():
            return edit_of_number(analysis, repair)
        case ChangeInput():
            return _of_input(analysis, repair)
        case _:
            assert_never(repair)


def _of_input(analysis: Analysis, repair: ChangeInput) -> Edit:
    """The input's shape: written in `Input(...)`, or as `input_shape=` of the layer that follows."""
    node = analysis.graph.nodes[repair.nodes[0]]
    shape = repair.suggestion
    declared = analysis.graph.shapes[node.outputs[0]][1:]
    for call in (node, *_following(analysis, node)):
        construction = call.construction
        argument = first_argument(
            construction, ("shape", "input_shape", "batch_shape", "batch_input_shape", "input_dim")
        )
        if construction is None or argument is None:
            continue
        value: object = shape
        if argument.name.startswith("batch") and isinstance(argument.value, list | tuple):
            value = (argument.value[0], *shape)
        if argument.name == "input_dim":
            value = shape[0] if len(shape) == 1 else shape
        place = _Place(call, construction, (call.call.layer,), (call.call.layer,))
        edit = _edit(analysis, place, (argument.name, argument.value, value), {argument.name: value})
        return without_samples(edit, tuple(declared), value)
    return Edit(
        layer=node.call.layer,
        argument="shape",
        value=tuple(declared),
        suggestion=shape,
        layer_type="InputLayer",
        layers=(node.call.layer,),
        span_layers=(node.call.layer,),
        explicit=True,
    )


def _following(analysis: Analysis, node: Node) -> list[Node]:
    consumers = analysis.graph.consumers.get(node.outputs[0], [])
    return [analysis.graph.nodes[index] for index in consumers[:1]]


def _of_arguments(analysis: Analysis, repair: ChangeArguments) -> list[Edit]:
    """One edit for each argument and each source span that the repair's layers come from."""
    change = repair.change
    groups: dict[tuple[int, ...], list[Node]] = {}
    for index in repair.nodes:
        node = analysis.graph.nodes[index]
        groups.setdefault(analysis.groups.of_span(node), []).append(node)
    edits = []
    for made, unsorted in groups.items():
        nodes = sorted(unsorted, key=lambda node: _has_all(node, change))  # the value shown is one that changes
        place = _place_of(analysis, repair, made, nodes)
        indices = tuple(node.index for node in nodes)
        written = {n: written_for(analysis.homes, indices, change.inner, n, value) for n, value in change.arguments}
        shape = written_shape(nodes[0], written.get("shape"))
        written |= {} if shape is None else {"shape": shape}
        for name, suggestion in change.arguments:
            now = value_of(nodes[0].config, change, name)
            if callable(now):
                now = Opaque(f"<{type(now).__name__} {getattr(now, '__name__', '')}>")
            values = (index_code(now), index_code(suggestion)) if name == INDEX else (now, suggestion)
            batch = written_batch(nodes[0], name, analysis.graph.network.batches)
            if batch is not None:
                values, written = (now, batch), {**written, name: batch}
            edits.append(_edit(analysis, place, (name, *values), written))
    return edits


def _has_all(node: Node, change: Change) -> bool:
    """Whether a layer has the suggested values already: its line makes another one that has not."""
    return all(same_value(value_of(node.config, change, name), value) for name, value in change.arguments)


@dataclass(frozen=True, slots=True)
class _Place:
    """A constructor call to be changed: one of its layers, those that the change concerns, and all that it makes."""

    node: Node
    construction: Construction | None
    layers: tuple[str, ...]
    span_layers: tuple[str, ...]
    is_whole: bool = True


def _place_of(analysis: Analysis, repair: ChangeArguments, made: tuple[int, ...], nodes: list[Node]) -> _Place:
    """The call that makes some layers of a repair; a name that is right for all that it makes changes it whole."""
    inner, indices = repair.change.inner, [node.index for node in nodes]
    concerned = made if repair.wording is None else indices
    return _Place(
        nodes[0],
        _made(analysis, nodes[0], inner),
        tuple(_name(analysis, node, inner) for node in nodes),
        tuple(_name(analysis, analysis.graph.nodes[index], inner) for index in concerned),
        set(indices) >= set(concerned),
    )


def _edit(analysis: Analysis, place: _Place, what: tuple[str, object, object], changes: dict[str, object]) -> Edit:
    """`what` is the argument's name, its value now and the suggestion; `changes` are all that the call gets."""
    construction = place.construction
    name, value, suggestion = what
    argument = first_argument(construction, (name,))
    correction = (
        analysis.problem.correct(construction, changes)
        if construction is not None and not construction.indirect
        else None
    )
    whole_line = correction is not None and place.is_whole
    return Edit(
        layer=place.layers[0],
        argument=name,
        value=value,
        suggestion=suggestion,
        layer_type=construction.layer_type if construction is not None else place.node.call.layer_type,
        layers=place.layers,
        span_layers=place.span_layers,
        position=None if argument is None else argument.position,
        explicit=argument is not None,
        span=span_of(construction, argument),
        replaces=correction.replaces if correction is not None and whole_line else None,
        replacement=correction.replacement if correction is not None and whole_line else None,
        corrected=None if correction is None else correction.text,
        callers=() if construction is None else construction.callers,
        unseen=construction is None,
    )


def _inner(node: Node, path: tuple[str, ...]) -> Any | None:
    """The wrapped layer that a path of config keys leads to; Bidirectional has copies of it only."""
    layer: Any = node.call.operation
    for key in path:
        outer = layer
        layer = outer[int(key)] if isinstance(outer, list | tuple) else getattr(outer, key, None)
        if layer is None and key == "layer":
            layer = getattr(outer, "forward_layer", None)
    return layer


def _name(analysis: Analysis, node: Node, path: tuple[str, ...]) -> str:
    if not path:
        return node.call.layer
    construction = _made(analysis, node, path)
    return construction.layer if construction is not None else str(getattr(_inner(node, path), "name", node.call.layer))


def _made(analysis: Analysis, node: Node, path: tuple[str, ...]) -> Construction | None:
    if not path:
        return node.construction
    layer = _inner(node, path)
    construction = None if layer is None else analysis.problem.construction_of(layer)
    if (construction is None or construction.indirect) and len(path) == 1:
        return analysis.problem.wrapped_construction(node.call.operation) or construction
    return construction
