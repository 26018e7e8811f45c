"""The operation of the program that gave data a shape which no input takes, written so that one does."""

from __future__ import annotations

import ast
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from shapeguard.diagnosis.compared_targets import batched
from shapeguard.diagnosis.fit_edits import edit_of
from shapeguard.diagnosis.handed_over import given_in, training_call
from shapeguard.records.findings import Cause
from shapeguard.records.source import Correction
from shapeguard.source.arranging import arranged, is_written_elsewhere, reshapes
from shapeguard.source.conversions import Leaf, expression_given
from shapeguard.source.data_ways import way_of
from shapeguard.source.statement_edits import with_all
from shapeguard.source.trees import ancestors
from shapeguard.spec import shapes_agree

if TYPE_CHECKING:
    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.records.network import Feed, Shape
    from shapeguard.source.arranging import Arranged
    from shapeguard.source.trees import Source

REGROUPED = "only the number of elements fits; which of them belong together is a guess"


def with_way(analysis: Analysis, causes: tuple[Cause, ...]) -> tuple[Cause, ...]:
    """The causes behind the operation that shaped the data, where one is in sight that could have been right."""
    own = cause_of_way(analysis)
    if own is None:
        return causes
    return (own, *(replace(each, confidence="possible") for each in causes))


def cause_of_way(analysis: Analysis) -> Cause | None:
    """The operation on the way of the one input that is wrong; `None` where none in sight would do."""
    feed, conflicts = analysis.problem.feed, analysis.inputs.conflicts()
    if feed is None or feed.source != "arrays" or len(conflicts) != 1:
        return None
    node, inputs = conflicts[0][0], analysis.graph.network.inputs
    leaf = Leaf(inputs.index(node.outputs[0]), len(inputs), node.call.layer)
    shape = tuple(size for size in analysis.inputs.given.get(node.outputs[0], ()) if size is not None)
    return _on_way(feed, leaf, shape, analysis.graph.shapes[node.outputs[0]]) if shape else None


def _on_way(feed: Feed, leaf: Leaf, shape: tuple[int, ...], declared: Shape) -> Cause | None:
    """The first operation, from the call back, that could have given another shape."""
    place = training_call(feed)
    given = None if place is None else expression_given(place[1], given_in(feed, "x"), leaf)
    if place is None or given is None:
        return None
    fits = partial(_fits, feed, declared, shape[0])
    found = ((made, arranged(place[0], made, shape, fits)) for made in way_of(place[0], given))
    causes = (_cause(place, feed, made, change, shape, declared) for made, change in found if change is not None)
    return next(causes, None)


def _fits(feed: Feed, declared: Shape, samples: int, shape: tuple[int, ...]) -> bool:
    """Whether an input takes arrays of this shape, as many as there are targets."""
    if not shape or not shapes_agree(shape[1:], declared[1:]):
        return False
    beside = {each[0] for name, each in feed.unequal if name != "x"}
    return feed.phase == "predict" or shape[0] in (beside or {samples})


def _cause(
    place: tuple[Source, ast.Call],
    feed: Feed,
    made: ast.expr,
    change: Arranged,
    given: tuple[int, ...],
    declared: Shape,
) -> Cause:
    source, call = place
    statement = next(each for each in ancestors(source, made) if isinstance(each, ast.stmt))
    correction = Correction(None, change.replaces, change.text)
    correction = Correction(with_all(source, statement, [correction]), change.replaces, change.text)
    edit = edit_of(call, given_in(feed, "x").argument, correction)
    others = list(reshapes(list(source.calls.values())))
    is_like_another = bool(change.texts) and is_written_elsewhere(source, made, change.texts, others)
    is_sure = change.is_only and (not change.texts or is_like_another)
    return Cause(
        "data",
        (edit,),
        confidence="cause" if is_sure else "possible",
        proven_by="rebuilt" if is_sure else None,
        title=f"the data is shaped as {given} here: the input takes {batched(declared[1:])}",
        label=f"gives {given}",
        explanation="Another reshape of the file has its sizes in this order." if is_like_another else "",
        proof=f"the input takes {change.shape}" if is_sure else REGROUPED if change.texts else "",
    )
