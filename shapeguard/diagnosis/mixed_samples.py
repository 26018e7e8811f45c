"""The diagnosis of a loss of the user's own that compares each sample with all others, and the edits that end it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.diagnosis.compared_targets import Compared
from shapeguard.diagnosis.sample_broadcasts import broadcasts_in, sample_broadcasts
from shapeguard.diagnosis.target_shapes import as_handed, differ_by_last
from shapeguard.diagnosis.what_keras_said import original_of
from shapeguard.records.findings import Cause, Diagnosis, Edit
from shapeguard.source import reading, trees
from shapeguard.source.files import Places
from shapeguard.source.literals import Code
from shapeguard.source.statement_edits import replaced

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.sample_broadcasts import SampleBroadcast
    from shapeguard.records.network import Shape
    from shapeguard.records.source import Correction

READ = "the loss was read, not run"
_ATOMS = (ast.Name, ast.Call, ast.Attribute, ast.Subscript)


def mixed_samples(analysis: Analysis) -> list[Diagnosis]:
    """The diagnosis of the first output whose loss compares each sample with all others."""
    feed = analysis.problem.feed
    for slot in range(0 if feed is None else len(feed.targets)):
        compared = Compared.at(analysis, slot)
        if compared is None or compared.loss.code is None or differ_by_last(compared.output, compared.targets):
            continue
        shapes = as_handed(compared.loss, compared.targets, compared.output)
        found = sample_broadcasts(compared.loss.code, *shapes)
        if found:
            return [_diagnosis(analysis, compared, found, shapes)]
    return []


def _diagnosis(
    analysis: Analysis, compared: Compared, found: Sequence[SampleBroadcast], shapes: tuple[Shape, Shape]
) -> Diagnosis:
    first, problem = found[0], analysis.problem
    output = analysis.graph.shapes[analysis.graph.network.outputs[compared.slot]]
    maker = analysis.graph.nodes[analysis.graph.producer[analysis.graph.network.outputs[compared.slot]]].call
    span = first.source.span(first.node)
    text = " ".join(first.source.text(span).split())
    return Diagnosis(
        code="SG303",
        layer=maker.layer,
        layer_type=maker.layer_type,
        actual=output,
        causes=(_cause(first, _edits(found, shapes)),),
        original=original_of(problem.failure),
        origin="targets",
        headline=f"loss '{compared.loss.name}', line {span.line}: `{text}` compares each sample with all others",
        raised_at=problem.raised_at,
    )


def _cause(broadcast: SampleBroadcast, edits: Sequence[Edit]) -> Cause:
    flat, column = (broadcast.source.text(broadcast.source.span(each)) for each in (broadcast.flat, broadcast.column))
    return Cause(
        "loss",
        tuple(edits),
        confidence="cause",
        title=f"`{flat}` is (B,) and `{column}` is (B, 1): together they are (B, B)",
        explanation="No error is raised: the loss is a mean over pairs of samples that do not belong to each other.",
        fix_note="give both the same axes",
        proof=READ,
    )


def _edits(found: Sequence[SampleBroadcast], shapes: tuple[Shape, Shape]) -> list[Edit]:
    """The fewest changes with which no sample meets another; none where that is not in sight."""
    ways = [list(_without_column(found)), list(_with_column(found[0]))]
    fitting = [changes for changes in ways if changes and not _is_mixed(found[0], changes, shapes)]
    return [_edit(found[0], change) for change in min(fitting, key=len, default=[])]


def _without_column(found: Sequence[SampleBroadcast]) -> Iterator[Correction]:
    """The values of the column alone: `y_pred[:, 0]`."""
    for each in {each.column: each for each in found}.values():
        span = each.source.span(each.column)
        text = each.source.text(span)
        whole = text if isinstance(each.column, _ATOMS) else f"({text})"
        yield replaced(each.source, each.node, span, f"{whole}[:, 0]")


def _with_column(broadcast: SampleBroadcast) -> Iterator[Correction]:
    """Each column of the targets with its axis: `y_true[:, 0:1]`."""
    source = broadcast.source
    targets = next(each.arg for each in broadcast.function.args.args if each.arg != "self")
    for node in ast.walk(broadcast.function):
        match node:
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Tuple(elts=[ast.Slice(), place])) if name == targets:
                number = source.text(source.span(place))
                if number.isdecimal():
                    yield replaced(source, node, source.span(place), f"{number}:{int(number) + 1}")


def _is_mixed(broadcast: SampleBroadcast, changes: Sequence[Correction], shapes: tuple[Shape, Shape]) -> bool:
    """Whether samples still meet each other once the loss is changed."""
    source = broadcast.source
    text = "".join(source.lines)
    edits = [(*source.places.offsets(each.replaces), each.replacement or "") for each in changes if each.replaces]
    for start, stop, written in sorted(edits, reverse=True):
        text = text[:start] + written + text[stop:]
    tree = reading.tree_of(text)
    named = [] if tree is None else [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    function = next((node for node in named if node.lineno == broadcast.function.lineno), None)
    if tree is None or function is None:
        return True
    return bool(broadcasts_in(trees.indexed(Places(text, source.file), tree), function, *shapes))


def _edit(broadcast: SampleBroadcast, change: Correction) -> Edit:
    return Edit(
        layer=broadcast.function.name,
        argument="loss",
        value=None,
        suggestion=Code(change.text or ""),
        explicit=True,
        span=change.replaces,
        replaces=change.replaces,
        replacement=change.replacement,
        corrected=change.text,
    )
