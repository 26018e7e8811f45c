"""Data without a batch axis, or with one too many: a dataset that is not batched, or batched twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from shapeguard.diagnosis.batch_edits import edits_of_batch_axis
from shapeguard.records.findings import Cause, Diagnosis
from shapeguard.spec import shapes_agree

if TYPE_CHECKING:
    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.graph import Node
    from shapeguard.diagnosis.model_inputs import ModelInputs
    from shapeguard.records.network import Feed, Shape, Source

How = Literal["missing", "twice"]

_TITLES: dict[tuple[How, Source], str] = {
    ("missing", "dataset"): "the dataset is not batched: `.batch(32)` is missing",
    ("missing", "arrays"): "the data has no batch axis: it is a single sample",
    ("missing", "batches"): "the data is not batched: it gives single samples",
    ("twice", "dataset"): "the dataset is batched twice: one `.batch(...)` too many",
    ("twice", "arrays"): "the data has two batch axes",
    ("twice", "batches"): "the data is batched twice: each batch has two batch axes",
}


@dataclass(frozen=True, slots=True)
class Misbatched:
    """An input whose data has no batch axis or two; `given` is the data as it is, `declared` what the input takes."""

    node: Node
    given: Shape
    declared: Shape
    how: How


def misbatched(inputs: ModelInputs) -> list[Misbatched]:
    """The inputs whose data is wrong by the batch axis; none if other data is wrong in another way."""
    if _are_samples(inputs.feed):
        return []
    wrong = []
    for node, _ in inputs.conflicts():
        declared, given = inputs.graph.shapes[node.outputs[0]], inputs.given.get(node.outputs[0], ())
        how = _how(given, declared)
        if how is None:
            return []
        wrong.append(Misbatched(node, given, declared, how))
    return wrong


def _are_samples(feed: Feed | None) -> bool:
    """Whether whole arrays have a target for each of several samples, and those of two batch axes apart."""
    is_compared = feed is not None and feed.source == "arrays" and bool(feed.targets) and not feed.unequal
    return is_compared and feed is not None and (feed.samples or 0) > 1 and not _has_second_batch(feed)


def _has_second_batch(feed: Feed) -> bool:
    """Whether the targets go on with an axis as long as the inputs' second one, as arrays of batches do."""
    seconds = {shape[1] for shape in feed.given if len(shape) > 1}
    return any(shape[:1] and shape[0] in seconds for shape in feed.targets if shape is not None)


def _how(given: Shape, declared: Shape) -> How | None:
    """Two batch axes are an axis too many in front; where the second is 1, it may be any axis too many."""
    if shapes_agree(given, declared[1:]):
        return "missing"
    is_longer = len(given) == len(declared) + 1
    return "twice" if is_longer and given[1] != 1 and shapes_agree(given[2:], declared[1:]) else None


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
        original=None if problem.failure is None else f"{problem.failure.exception_type}: {problem.failure.text}",
        headline=f"input '{first.node.call.layer}': expected {expected}, got {first.given}",
        notes=tuple(_notes(wrong[1:], first.how, problem.feed)),
        raised_at=problem.raised_at or (None if problem.feed is None else problem.feed.call_span),
    )


def _cause(analysis: Analysis, wrong: list[Misbatched], feed: Feed | None) -> Cause:
    first = wrong[0]
    source: Source = "batches" if feed is None else feed.source
    what = {"arrays": f"{feed.x_text or 'x'} has" if feed else "it has", "dataset": "each element has"}
    kept = "a batch of one" if first.how == "missing" else "a batch"
    return Cause(
        kind="data",
        edits=() if feed is None else tuple(edits_of_batch_axis(feed, wrong, analysis.graph.network.inputs)),
        title=_TITLES[first.how, source],
        explanation=f"{what.get(source, 'each batch has')} shape {first.given}; the input takes {kept} as "
        f"{_of_batch(first)}.",
    )


def _of_batch(first: Misbatched) -> Shape:
    return (1, *first.given) if first.how == "missing" else first.given[1:]


def _notes(others: list[Misbatched], how: How, feed: Feed | None) -> list[str]:
    notes = [f"input '{each.node.call.layer}': {each.given} instead of {(None, *each.declared[1:])}" for each in others]
    targets = () if feed is None or how == "missing" else tuple(shape for shape in feed.targets if shape is not None)
    return [*notes, *(f"the targets {(None, *shape)} have an axis too many as well" for shape in targets)]
