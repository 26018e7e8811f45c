"""The diagnosis of a layer that was passed and not called: the call that is missing, as an edit of the source."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.diagnosis.rebuilt_calls import copied
from shapeguard.diagnosis.what_keras_said import diagnosis_of_one
from shapeguard.keras_compat import keras_layers, states
from shapeguard.records.findings import Cause, Edit
from shapeguard.source import trees
from shapeguard.source.constants import Scope, own_nodes
from shapeguard.source.literals import Code
from shapeguard.source.statement_edits import end

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapeguard.records.findings import Diagnosis
    from shapeguard.records.network import Failure, Shape
    from shapeguard.records.source import Span
    from shapeguard.records.uncalled import InSight, Uncalled
    from shapeguard.source.trees import Source

OTHERS = 2
"""Other tensors that are named beside the one that the layer is most likely to be called on."""


def diagnosis_of_uncalled(uncalled: Sequence[Uncalled], failure: Failure, raised_at: Span | None) -> Diagnosis | None:
    """The diagnosis of layers in the place of tensors; `None` where no place in the source shows them."""
    found = [(each, calls) for each in uncalled if (calls := list(_calls(each)))]
    if not found:
        return None
    first, calls = found[0]
    names = tuple(each.layer.name for each, _ in found)
    owner = ", ".join(f"'{name}' ({type(each.layer).__name__})" for name, (each, _) in zip(names, found, strict=True))
    edits = tuple(_edit(each, options[0]) for each, options in found)
    cause = Cause(
        kind="inputs",
        edits=edits,
        confidence="cause",
        explanation="\n".join(filter(None, (_explanation(options[0]) for _, options in found))),
        also=tuple(Code(call.corrected) for call in calls[1 : 1 + OTHERS]),
        title=_title(first),
        label="passed as a tensor" if first.result else "not called",
    )
    layers, were = ("layers", "were") if len(names) > 1 else ("layer", "was")
    headline = f"{layers} {owner} {were} passed where a tensor is expected"
    return diagnosis_of_one(cause, type(first.layer).__name__, failure, headline, raised_at)


@dataclass(frozen=True, slots=True)
class _Call:
    """A change that puts a tensor there: `shape` is what the layer gives, `None` where it was not asked."""

    replaces: Span
    replacement: str
    corrected: str
    tensor: InSight | None = None
    shape: Shape | None = None


def _title(uncalled: Uncalled) -> str:
    name = uncalled.layer.name
    if uncalled.result:
        return f"the layer '{name}' itself, not the tensor `{uncalled.result}` that it gave"
    return f"layer '{name}' is not called: a layer gives a tensor only when it is called on one"


def _explanation(call: _Call) -> str:
    if call.tensor is None or call.shape is None:
        return ""
    return f"`{call.corrected}`: {call.tensor.shape} -> {call.shape}"


def _edit(uncalled: Uncalled, call: _Call) -> Edit:
    construction, layer = uncalled.construction, uncalled.layer
    span = uncalled.use if construction is None or call.replaces.line == uncalled.use.line else construction.call
    return Edit(
        layer=layer.name,
        argument="inputs",
        value=None,
        suggestion=Code(call.corrected),
        layer_type=type(layer).__name__,
        layers=(layer.name,),
        span_layers=(layer.name,),
        explicit=True,
        span=span,
        replaces=call.replaces,
        replacement=call.replacement,
        corrected=call.corrected,
    )


def _calls(uncalled: Uncalled) -> Iterator[_Call]:
    """The ways to put a tensor in the place of the layer, the likeliest first."""
    source = trees.source_of(uncalled.file)
    if source is None:
        return
    if uncalled.result:
        yield _Call(uncalled.use, uncalled.result, uncalled.result)
        return
    place = _place(source, uncalled)
    text = source.text(place)
    seen: set[str] = set()
    for tensor in uncalled.in_sight:
        if tensor.name in seen or (tensor.line, tensor.column) >= (place.line, place.column):
            continue
        if _assigns(source, place, tensor):
            continue
        seen.add(tensor.name)
        shape = _given(uncalled.layer, tensor.shape)
        if shape is not None or not keras_layers.is_builtin(uncalled.layer):
            yield _Call(end(place), f"({tensor.name})", f"{text}({tensor.name})", tensor, shape)


def _assigns(source: Source, place: Span, tensor: InSight) -> bool:
    """Whether it is the statement at the place itself that gives the tensor its name."""
    node = source.nodes.get((place.line, place.end_line, place.column, place.end_column))
    around = () if node is None else trees.ancestors(source, node)
    statement = next((each for each in around if isinstance(each, ast.stmt)), None)
    return statement is not None and trees.holds(statement, tensor.line)


def _place(source: Source, uncalled: Uncalled) -> Span:
    """Where the call is written: behind the constructor call where the layer is used nowhere else, or where it is."""
    made = None if uncalled.construction is None else uncalled.construction.call
    call = None if made is None or made.file != uncalled.file else source.call_ending(made)
    if made is None or call is None or not _is_used_once(source, call, uncalled):
        return uncalled.use
    return made


def _is_used_once(source: Source, call: ast.Call, uncalled: Uncalled) -> bool:
    statement = trees.parents_in(source).get(call)
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]):
            scope = next((each for each in trees.ancestors(source, call) if isinstance(each, Scope)), None)
            own = [] if scope is None else [n for n in own_nodes(scope) if isinstance(n, ast.Name) and n.id == name]
            spans = [source.span(node) for node in own if isinstance(node.ctx, ast.Load)]
            return spans == [uncalled.use] and len(own) == len(spans) + 1
        case _:
            return uncalled.use == source.span(call)


def _given(layer: object, shape: Shape) -> Shape | None:
    """What a fresh layer of Keras gives for a tensor of this shape; `None` where Keras refuses it."""
    if not keras_layers.is_builtin(layer):
        return None
    with states.leaving_no_mark():
        try:
            given = copied(layer, 1)(keras_layers.KerasTensor(shape))
        except Exception:  # noqa: BLE001  Keras' refusal is the answer
            return None
    return tuple(given.shape) if hasattr(given, "shape") else None
