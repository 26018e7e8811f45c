"""Numbers that an `Embedding` has no row for: its `input_dim` is too small."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shapeguard.diagnosis.edits_of_calls import edit_of_written, first_argument
from shapeguard.diagnosis.repairs import ChangeArguments
from shapeguard.diagnosis.what_keras_said import original_of
from shapeguard.keras_compat import messages
from shapeguard.layers import Change, arguments_with
from shapeguard.layers.costs import SOLVED
from shapeguard.layers.operations.counting import COUNTING, last_counted
from shapeguard.layers.preprocessing import VOCABULARIES
from shapeguard.records.findings import Diagnosis, Edit
from shapeguard.source.constants import own_nodes
from shapeguard.source.literals import Code
from shapeguard.source.origins import call_of
from shapeguard.source.reading import expression_of
from shapeguard.source.trees import last_name, source_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.graph import Node
    from shapeguard.records.findings import Cause
    from shapeguard.source.trees import Source

NOT_ALL_SEEN = "the data may hold larger numbers than the one that was refused"


@dataclass(frozen=True, slots=True)
class Missed:
    """A number that a layer has no row for: `index` is the largest that is known, `is_largest` if all data was seen."""

    node: Node
    argument: str
    rows: int
    index: int
    is_largest: bool


def missed_in(analysis: Analysis) -> Missed | None:
    """The layer that was given a number which it has no row for; `None` where nothing of the kind was raised."""
    failure = analysis.problem.failure
    refused = None if failure is None else messages.missed_index(failure.text)
    if refused is None:
        return None
    index, rows = refused
    names = arguments_with("indexed")
    for node in analysis.graph.nodes.values():
        for argument in names & node.config.keys():
            own = node.config[argument]
            largest = _largest_given(analysis, node)
            known = [each for each in (index, largest) if each is not None]
            if rows in {None, own} and known and max(known) >= own:
                return Missed(node, argument, own, max(known), largest is not None)
    return None


def _largest_given(analysis: Analysis, node: Node) -> int | None:
    """The largest number that a layer takes, from an input or counted in the model; `None` where not all is known."""
    maker = analysis.graph.source_of(node.inputs[0]) if node.inputs else None
    if maker is not None and maker.call.layer_type.lower() in COUNTING:
        (count,) = analysis.graph.outputs_of(maker)[0]
        return None if count is None else last_counted(analysis.graph.config_of(maker), count)
    feed, inputs = analysis.problem.feed, analysis.graph.network.inputs
    place = inputs.index(node.inputs[0]) if node.inputs and node.inputs[0] in inputs else None
    if feed is None or place is None or place >= len(feed.largest):
        return None
    return feed.largest[place]


def larger_tables(missed: Missed) -> Iterator[ChangeArguments]:
    """A row for each number."""
    change = Change(((missed.argument, missed.index + 1),), SOLVED, solved=True)
    yield ChangeArguments((missed.node.index,), change, SOLVED)


def diagnosis_of_index(analysis: Analysis, missed: Missed, causes: Sequence[Cause]) -> Diagnosis:
    """The diagnosis of the layer; `causes` are what makes it large enough."""
    call, argument = missed.node.call, missed.argument
    line = f"layer '{call.layer}' ({call.layer_type}) has no row for {missed.index}"
    return Diagnosis(
        code="SG601",
        layer=call.layer,
        layer_type=call.layer_type,
        causes=_beside_vocabulary(analysis, missed, [_told(analysis, missed, each) for each in causes]),
        original=original_of(analysis.problem.failure),
        headline=f"{line}: {argument}={missed.rows} takes 0 to {missed.rows - 1}",
        raised_at=analysis.problem.raised_at,
    )


def _told(analysis: Analysis, missed: Missed, cause: Cause) -> Cause:
    """The cause in words, with one more than what is written where that is enough."""
    text = (
        f"The largest number that it is given is {missed.index}: it takes {missed.index + 1} rows."
        if missed.is_largest
        else f"It is given {missed.index}: it takes at least {missed.index + 1} rows."
    )
    told = replace(_one_more(analysis, missed, cause), explanation=text, also=())
    return told if missed.is_largest else replace(told, proven_by=None, proof=NOT_ALL_SEEN)


def _one_more(analysis: Analysis, missed: Missed, cause: Cause) -> Cause:
    """`len(words) + 1` in the place of `len(words)`, where no number is written; the cause as it is elsewhere."""
    edit = cause.edits[0]
    written = "" if edit.home or missed.index != missed.rows else _calculation(edit)
    changed = _with_code(analysis, missed, f"{written} + 1") if written else None
    return cause if changed is None else replace(cause, edits=(changed,), confidence="cause")


def _calculation(edit: Edit) -> str:
    """The calculation that is written for an argument; "" for a number, and for what one may not be added to."""
    source = None if edit.span is None else source_of(edit.span.file)
    text = "" if source is None or edit.span is None else source.text(edit.span)
    value = text if edit.position is not None else text.partition("=")[2]
    tree = expression_of(value)
    return value.strip() if isinstance(tree, ast.Name | ast.Attribute | ast.Call | ast.Subscript | ast.BinOp) else ""


def _with_code(analysis: Analysis, missed: Missed, text: str) -> Edit | None:
    """Code in the place of the argument; `None` where its call is not in sight."""
    construction, code = missed.node.construction, Code(text)
    argument = first_argument(construction, (missed.argument,))
    if construction is None or argument is None:
        return None
    change = analysis.problem.correct(construction, {missed.argument: code})
    return None if change is None or change.replaces is None else edit_of_written(construction, argument, code, change)


def _beside_vocabulary(analysis: Analysis, missed: Missed, causes: Sequence[Cause]) -> tuple[Cause, ...]:
    """The causes behind the size of the vocabulary, where the file makes the numbers and tells how many there are."""
    made = None if missed.node.construction is None else call_of(missed.node.construction)
    codes = [] if made is None else _vocabularies(made[0])
    edit = _with_code(analysis, missed, codes[0]) if causes and len(codes) == 1 else None
    if edit is None:
        return tuple(causes)
    of_vocabulary = replace(causes[0], edits=(edit,), confidence="possible", proven_by=None, proof="", title="")
    return (of_vocabulary, *(replace(each, confidence="possible") for each in causes))


def _vocabularies(source: Source) -> list[str]:
    """How many numbers each of the names of a file makes of words that the file gives such a layer to."""
    codes = []
    for node in own_nodes(source.tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=made)):
                code = VOCABULARIES.get(last_name(made) or "")
                codes += [] if code is None else [code.format(x=name)]
            case _:
                continue
    return codes
