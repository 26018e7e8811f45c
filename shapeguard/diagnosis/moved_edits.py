"""A layer called behind another one, as edits of the user's source and in words."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.diagnosis.argument_text import quoted
from shapeguard.diagnosis.written_calls import WrittenCall
from shapeguard.diagnosis.written_layers import WrittenLayer
from shapeguard.records.findings import Edit
from shapeguard.records.source import OperationName
from shapeguard.source import layer_edits
from shapeguard.source.constants import Scope
from shapeguard.source.layer_places import Added, Applied, Listed
from shapeguard.source.statement_edits import without
from shapeguard.source.trees import ancestors, parents_in

if TYPE_CHECKING:
    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.graph import Node
    from shapeguard.diagnosis.moved_layers import MoveLayer
    from shapeguard.records.source import Correction, Span
    from shapeguard.source.layer_places import LayerPlace
    from shapeguard.source.trees import Source

    Moved = tuple[str, Correction, list[tuple[Span, str]]]


def edits_of_move(analysis: Analysis, repair: MoveLayer) -> list[Edit]:
    """The call taken out, and put in behind the other one; without places where these are not certain."""
    node, behind = analysis.graph.nodes[repair.node], repair.behind
    made = node.construction
    out = Edit(
        layer=node.call.layer,
        argument="remove",
        value=None,
        suggestion=None,
        layer_type=node.call.layer_type,
        layers=(node.call.layer,),
        span_layers=(node.call.layer,),
        span=None if made is None or made.indirect else (made.callee or made.call),
        callers=() if made is None else made.callers,
    )
    again = Edit(
        layer=behind.layer,
        argument="insert_after",
        value=None,
        suggestion=repair.moved.code,
        layer_type=behind.layer_type,
        layers=(behind.layer,),
        span_layers=(behind.layer,),
    )
    moved = _moved(analysis, repair, node)
    if moved is None:
        return [out, again]
    text, removal, pieces = moved
    again = replace(again, corrected=text)
    return [
        replace(out, replaces=removal.replaces, replacement=removal.replacement),
        *(replace(again, replaces=span, replacement=piece) for span, piece in pieces),
    ]


def _moved(analysis: Analysis, repair: MoveLayer, node: Node) -> Moved | None:
    """How the two lines read then, what goes, and what comes where; `None` where that is not one place each."""
    later = WrittenLayer.of(analysis.graph.construction_of(repair.behind.operation))
    target = None if later is None else later.entrance
    if later is None or target is None:
        return None
    if isinstance(node.call.layer, OperationName):
        return _statement(analysis, node, later.source, target)
    now = WrittenLayer.of(node.construction)
    is_alone = now is not None and now.source is later.source and len(analysis.groups.of_span(node)) == 1
    return _layer(later.source, now.entrance, target) if now is not None and is_alone else None


def _layer(source: Source, place: LayerPlace | None, target: LayerPlace) -> Moved | None:
    """A layer that enters at one place, put in behind another one of the same function, list or model."""
    if place is None or not _are_beside(source, place, target):
        return None
    code, removal = _code(source, place), layer_edits.removed(source, place)
    pieces = layer_edits.added_behind(source, target, code)
    return None if removal is None else (_text(source, target, code), removal, pieces)


def _code(source: Source, place: LayerPlace) -> str:
    """What is written for the layer."""
    match place:
        case Applied(call):
            return source.text(source.span(call.func))
        case Listed(_, element):
            return source.text(source.span(element))
        case Added(_, call):
            return source.text(source.span(call.args[0]))


def _are_beside(source: Source, one: LayerPlace, other: LayerPlace) -> bool:
    """Whether both layers enter in one function, in one list, or one after the other into one model."""
    match one, other:
        case Listed(), Listed():
            return one.display is other.display
        case (Added(call=call), Added(call=beside)) | (Applied(call=call), Applied(call=beside)):
            return _scope(source, call) is _scope(source, beside)
        case _:
            return False


def _scope(source: Source, node: ast.AST) -> ast.AST | None:
    return next((each for each in ancestors(source, node) if isinstance(each, Scope)), None)


def _text(source: Source, place: LayerPlace, code: str) -> str:
    """How the line of the other layer reads then."""
    match place:
        case Applied(call):
            statement, own = parents_in(source)[call], source.text(source.span(call))
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                name = statement.targets[0].id
                return f"{source.text(source.span(statement))}\n{name} = {code}({name})"
            return f"{code}({own})"
        case Listed(_, element):
            return f"{source.text(source.span(element))},\n{code},"
        case Added(statement, call):
            own = source.text(source.span(statement))
            return f"{own}\n{source.text(source.span(call.func))}({code})"


def _statement(analysis: Analysis, node: Node, source: Source, target: LayerPlace) -> Moved | None:
    """An operation whose statement only renews a name, behind the statement that gives this name to the layer's."""
    written = WrittenCall.of(analysis, node)
    now = None if written is None else parents_in(source).get(written.expression)
    later = parents_in(source).get(target.call) if isinstance(target, Applied) else None
    if written is None or written.nodes != (node.index,) or _name(now) is None or _name(now) != _name(later):
        return None
    if not isinstance(now, ast.Assign) or not isinstance(later, ast.Assign):
        return None
    if _scope(source, now) is not _scope(source, later) or not _reads(now.value, _name(now)):
        return None
    own, removal = source.text(source.span(now)), without(source, now)
    piece = layer_edits.on_next_line(source, later, own)
    text = f"{source.text(source.span(later))}\n{own}"
    return None if removal is None else (text, removal, [piece])


def _name(statement: ast.AST | None) -> str | None:
    """The one name that a statement assigns to."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name
        case _:
            return None


def _reads(value: ast.expr, name: str | None) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(value))


def moved_texts(analysis: Analysis, repair: MoveLayer) -> tuple[str, str, str, str]:
    """Title, label, explanation and what the fix does."""
    node, behind = analysis.graph.nodes[repair.node], repair.behind
    name, other = quoted(node.call.layer), quoted(behind.layer)
    kind = "" if isinstance(node.call.layer, OperationName) else f" ({node.call.layer_type})"
    given = "" if repair.given is None else f" -> {repair.given}"
    return (
        f"{name}{kind} is called too early: {other} needs the axes that it takes away",
        "takes the axes away",
        f"behind {other}:  {repair.taken}{given}",
        f"call {name} behind {other}",
    )
