"""The diagnosis of data without a batch axis, or with one too many: a dataset not batched, or batched twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.batch_edits import edits_of_batch_axis
from shapeguard.diagnosis.parts_of_batch import NOT_BATCHED
from shapeguard.diagnosis.what_keras_said import original_of
from shapeguard.records.findings import Cause, Diagnosis

if TYPE_CHECKING:
    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.batch_axes import How, Misbatched
    from shapeguard.records.network import Feed, Shape, Source

_TITLES: dict[tuple[How, Source], str] = {
    ("missing", "dataset"): "the dataset is not batched: `.batch(32)` is missing",
    ("flat", "arrays"): "the data is a single sample: it has no batch axis, and its values stand in other axes",
    ("missing", "arrays"): "the data has no batch axis: it is a single sample",
    ("missing", "batches"): NOT_BATCHED,
    ("twice", "dataset"): "the dataset is batched twice: one `.batch(...)` too many",
    ("twice", "arrays"): "the data has two batch axes",
    ("twice", "batches"): "the data is batched twice: each batch has two batch axes",
}


def diagnosis(analysis: Analysis, wrong: list[Misbatched]) -> Diagnosis:
    """The diagnosis of the first of these inputs; the others and the targets are told beside it."""
    problem, first = analysis.problem, wrong[0]
    expected = (None, *first.declared[1:])
    return Diagnosis(
        code="SG301",
        layer=first.node.call.layer,
        layer_type=first.node.call.layer_type,
        expected=expected,
        actual=first.given,
        causes=(_cause(analysis, wrong, problem.feed),),
        original=original_of(problem.failure),
        headline=f"input '{first.node.call.layer}': expected {expected}, got {first.given}",
        notes=tuple(_notes(wrong[1:], first.how, problem.feed)),
        raised_at=problem.raised_at or (None if problem.feed is None else problem.feed.call_span),
    )


def _cause(analysis: Analysis, wrong: list[Misbatched], feed: Feed | None) -> Cause:
    first = wrong[0]
    source: Source = "batches" if feed is None else feed.source
    what = {"arrays": f"{feed.x_text or 'x'} has" if feed else "it has", "dataset": "each element has"}
    kept = "a batch" if first.how == "twice" else "a batch of one"
    return Cause(
        kind="data",
        edits=() if feed is None else tuple(edits_of_batch_axis(feed, wrong, analysis.graph.network.inputs)),
        title=_TITLES[first.how, source],
        explanation=f"{what.get(source, 'each batch has')} shape {first.given}; the input takes {kept} as "
        f"{_of_batch(first)}.",
    )


def _of_batch(first: Misbatched) -> Shape:
    if first.how == "flat":
        return (1, *first.declared[1:])
    return (1, *first.given) if first.how == "missing" else first.given[1:]


def _notes(others: list[Misbatched], how: How, feed: Feed | None) -> list[str]:
    notes = [f"input '{each.node.call.layer}': {each.given} instead of {(None, *each.declared[1:])}" for each in others]
    targets = () if feed is None or how != "twice" else tuple(shape for shape in feed.targets if shape is not None)
    return [*notes, *(f"the targets {(None, *shape)} have an axis too many as well" for shape in targets)]
