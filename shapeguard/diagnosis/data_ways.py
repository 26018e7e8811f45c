"""The operation of the program that gave data a shape which no input takes, written so that one does."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from shapeguard.diagnosis.compared_targets import batched
from shapeguard.diagnosis.fit_edits import edit_of
from shapeguard.diagnosis.handed_over import given_in, training_call, whole_given
from shapeguard.records.findings import Cause
from shapeguard.records.source import Correction
from shapeguard.source.arranging import arranged, is_written_elsewhere, reshapes
from shapeguard.source.conversions import WHOLE, Leaf, expression_given
from shapeguard.source.data_ways import inputs_in, mapped_inputs, way_of
from shapeguard.source.generators import yielded
from shapeguard.source.statement_edits import with_all
from shapeguard.source.trees import ancestors
from shapeguard.spec import shapes_agree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.records.findings import Edit
    from shapeguard.records.network import Feed, Shape
    from shapeguard.source.arranging import Arranged
    from shapeguard.source.trees import Source

    Place = tuple[Source, ast.Call]

REGROUPED = "only the number of elements fits; which of them belong together is a guess"


def with_way(analysis: Analysis, causes: tuple[Cause, ...]) -> tuple[Cause, ...]:
    """The causes behind the operation that shaped the data, where one is in sight that could have been right."""
    own = cause_of_way(analysis)
    if own is None:
        return causes
    return (own, *(replace(each, confidence="possible") for each in causes))


@dataclass(frozen=True, slots=True)
class _Way:
    """An expression for data, with its shape and whether another shape would do."""

    given: ast.expr
    shape: Shape
    fits: Callable[[Shape], bool]


def cause_of_way(analysis: Analysis) -> Cause | None:
    """The operation on the way of the one input that is wrong; `None` where none in sight would do."""
    feed, conflicts = analysis.problem.feed, analysis.inputs.conflicts()
    place = None if feed is None or len(conflicts) != 1 else training_call(feed)
    if feed is None or place is None:
        return None
    node, inputs = conflicts[0][0], analysis.graph.network.inputs
    leaf = Leaf(inputs.index(node.outputs[0]), len(inputs), node.call.layer)
    shape, declared = analysis.inputs.given.get(node.outputs[0], ()), analysis.graph.shapes[node.outputs[0]]
    for way in _ways(feed, place, leaf, shape, declared) if shape else ():
        for made in way_of(place[0], way.given):
            change = arranged(place[0], made, way.shape, way.fits)
            if change is not None:
                return _cause(place, feed, made, change, way.shape, declared)
    return None


def _ways(feed: Feed, place: Place, leaf: Leaf, shape: Shape, declared: Shape) -> Iterator[_Way]:
    """Where the data comes from: the call itself, what a generator gives, or what a dataset is mapped to."""
    if feed.source == "arrays":
        given = expression_given(place[1], given_in(feed, "x"), leaf)
        return iter(() if given is None else (_Way(given, shape, partial(_fits, feed, declared, shape[0])),))
    whole = expression_given(place[1], whole_given(feed), WHOLE)
    if whole is None or leaf.count > 1:
        return iter(())
    ways = _of_dataset if feed.source == "dataset" else _of_batches
    return ways(place, whole, shape, declared)


def _of_batches(place: Place, whole: ast.expr, shape: Shape, declared: Shape) -> Iterator[_Way]:
    value = yielded(*place, whole)
    if value is not None:
        yield _Way(inputs_in(value), shape, partial(_fits_behind, declared, None))


def _of_dataset(place: Place, whole: ast.expr, shape: Shape, declared: Shape) -> Iterator[_Way]:
    for mapped, is_of_batch in mapped_inputs(place[0], whole):
        if is_of_batch:
            yield _Way(mapped, shape, partial(_fits_behind, declared, shape[0]))
        else:
            yield _Way(mapped, shape[1:], lambda other: shapes_agree(other, declared[1:]))


def _fits(feed: Feed, declared: Shape, samples: int | None, shape: Shape) -> bool:
    """Whether an input takes arrays of this shape, as many as there are targets."""
    beside = {each[0] for name, each in feed.unequal if name != "x"}
    return _fits_behind(declared, None, shape) and (feed.phase == "predict" or shape[0] in (beside or {samples}))


def _fits_behind(declared: Shape, first: int | None, shape: Shape) -> bool:
    """Whether an input takes batches of this shape, with the axis of the samples as it was if that is known."""
    return bool(shape) and shapes_agree(shape[1:], declared[1:]) and (first is None or shape[0] == first)


def _cause(
    place: Place,
    feed: Feed,
    made: ast.expr,
    change: Arranged,
    given: Shape,
    declared: Shape,
) -> Cause:
    source = place[0]
    is_like_another = bool(change.texts) and _is_written_elsewhere(source, made, change)
    is_sure = change.is_only and (not change.texts or is_like_another)
    is_proven = is_sure and feed.source == "arrays"
    return Cause(
        "data",
        (_edit(place, feed, made, change),),
        confidence="cause" if is_sure else "possible",
        proven_by="rebuilt" if is_proven else None,
        title=f"the data is shaped as {given} here: the input takes {batched(declared[1:])}",
        label=f"gives {given}",
        explanation="Another reshape of the file has its sizes in this order." if is_like_another else "",
        proof=f"the input takes {change.shape}" if is_proven else REGROUPED if change.texts else "",
    )


def _edit(place: Place, feed: Feed, made: ast.expr, change: Arranged) -> Edit:
    """The operation as it would be written, to be read in its statement."""
    source, call = place
    statement = next(each for each in ancestors(source, made) if isinstance(each, ast.stmt))
    text = with_all(source, statement, [Correction(None, change.replaces, change.text)])
    return edit_of(call, given_in(feed, "x").argument, Correction(text, change.replaces, change.text))


def _is_written_elsewhere(source: Source, made: ast.expr, change: Arranged) -> bool:
    return is_written_elsewhere(source, made, change.texts, list(reshapes(list(source.calls.values()))))
