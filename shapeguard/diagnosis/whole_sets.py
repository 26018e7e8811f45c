"""A product that takes all samples together, as a graph's adjacency does, in steps with some of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.declared_batches import cause_of_batch_size
from shapeguard.diagnosis.headline import refusal_text
from shapeguard.diagnosis.what_keras_said import original_of
from shapeguard.layers.operations import multiplies_matrices
from shapeguard.records.findings import Diagnosis

if TYPE_CHECKING:
    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.graph import Node


def diagnosis_of_whole_set(analysis: Analysis) -> list[Diagnosis]:
    """The diagnosis of a refused product of `(batch, samples)` and `(batch, ...)`; nothing of any other fault."""
    feed, refused, failure = analysis.problem.feed, analysis.graph.refused, analysis.problem.failure
    if feed is None or refused is None or failure is None or feed.source != "arrays" or not feed.samples:
        return []
    step = _samples_of_step(analysis, refused, feed.samples)
    if step is None:
        return []
    causes = cause_of_batch_size(
        feed,
        feed.samples,
        title=f"a step has {step} of {feed.samples} samples, and the product takes all of them together",
        label=f"batches of {step}",
        fix_note="make one step with all samples, and the same in `evaluate` and `predict`",
    )
    shapes = ", ".join(map(str, analysis.graph.inputs_of(refused)))
    diagnosis = Diagnosis(
        code="SG302",
        layer=refused.call.layer,
        layer_type=refused.call.layer_type,
        actual=analysis.graph.inputs_of(refused),
        causes=tuple(causes),
        original=original_of(failure),
        headline=f"{refused.call.layer} does not accept {shapes}: {refusal_text(failure.text)}",
        raised_at=analysis.problem.raised_at or feed.call_span,
    )
    return [diagnosis] if diagnosis.causes else []


def _samples_of_step(analysis: Analysis, refused: Node, samples: int) -> int | None:
    """How many samples a step has where a product sums over all; `None` where it does not, or is no product."""
    shapes = analysis.graph.inputs_of(refused)
    match shapes:
        case ((int(step), int(columns)), (int(rows), _)) if multiplies_matrices(refused.call.layer_type):
            holds = all(analysis.graph.holds_samples(maker) for maker in refused.makers)
            return step if holds and step == rows < samples == columns else None
        case _:
            return None
