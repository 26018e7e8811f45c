"""Datasets of (x, y) that are zipped: a batch has a pair for each, where Keras takes all inputs, then all targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.fit_edits import Converted, edits_of_parts
from shapeguard.diagnosis.handed_over import whole_given
from shapeguard.diagnosis.target_shapes import accepts
from shapeguard.records.findings import Cause
from shapeguard.spec import shapes_agree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.records.network import Feed, Shape

PAIR = 2
NAMES = "abc"
"""One name for each part that a batch may have."""


def cause_of_zipped_pairs(analysis: Analysis, feed: Feed) -> Cause | None:
    """Pairs of inputs and targets in the place of inputs, targets and weights; `None` where the parts may be these."""
    if feed.source != "dataset" or not _are_pairs(analysis, feed):
        return None
    names, count = NAMES[: len(feed.parts)], len(analysis.graph.network.outputs)
    inputs, targets = ([f"{name}[{place}]" for name in names] for place in range(PAIR))
    code = f"{{x}}.map(lambda {', '.join(names)}: (({', '.join(inputs)}), {_nested(targets[:count])}))"
    given = whole_given(feed)
    is_each = count == len(names)
    return Cause(
        "data",
        tuple(edits_of_parts(feed, [Converted(given, code)]) or ()),
        confidence="cause" if is_each else "possible",
        title="each batch is of pairs (x, y), as zipped datasets give: Keras takes all inputs, and then all targets",
        label="the batches",
        explanation="" if is_each else "The targets of the first pair are taken.",
        fix_note="put the inputs together, and the targets",
    )


def _are_pairs(analysis: Analysis, feed: Feed) -> bool:
    """Whether each part is an input with its targets, and the first ones are no inputs and targets themselves."""
    parts, count = feed.parts, len(analysis.graph.network.outputs)
    if len(parts) < PAIR or any(len(each) != PAIR for each in parts) or count not in {1, len(parts)}:
        return False
    return _fit(analysis, feed, *zip(*parts, strict=True)) and not _fit(analysis, feed, *parts[:PAIR])


def _fit(analysis: Analysis, feed: Feed, inputs: Sequence[Shape], targets: Sequence[Shape]) -> bool:
    return _are_inputs(analysis, inputs) and _are_targets(analysis, feed, targets)


def _nested(texts: Sequence[str]) -> str:
    return texts[0] if len(texts) == 1 else f"({', '.join(texts)})"


def _are_inputs(analysis: Analysis, shapes: Sequence[Shape]) -> bool:
    """Whether these are the inputs of the model, in their order."""
    own = [analysis.graph.shapes[value][1:] for value in analysis.graph.network.inputs]
    return len(own) == len(shapes) and all(map(shapes_agree, shapes, own))


def _are_targets(analysis: Analysis, feed: Feed, shapes: Sequence[Shape]) -> bool:
    """Whether the outputs of the model may be compared with these, in their order."""
    outputs = [analysis.graph.shapes[value][1:] for value in analysis.graph.network.outputs]
    losses = [*feed.loss, *[None] * len(outputs)]
    return len(shapes) >= len(outputs) and all(map(accepts, outputs, shapes, losses))
