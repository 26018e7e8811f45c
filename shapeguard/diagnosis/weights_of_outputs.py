"""One array of sample weights for a model of several outputs, each of which takes its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.compared_targets import Compared, batched
from shapeguard.diagnosis.fit_edits import Converted, edit_in_words, edits_of_parts
from shapeguard.diagnosis.handed_over import given_in
from shapeguard.keras_compat import loss_calls
from shapeguard.keras_compat.loss_calls import Outcome
from shapeguard.records.findings import Cause

if TYPE_CHECKING:
    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.records.network import Feed, Shape

WEIGHTS = 2
"""The place of the weights among the parts of a batch."""


def of_one_array(analysis: Analysis, feed: Feed) -> Cause | None:
    """Weights with a column for each output, or of the values of each output, as one array; `None` for others."""
    count = len(feed.targets)
    given = feed.parts[WEIGHTS] if len(feed.parts) > WEIGHTS else ()
    if count < 2 or len(given) != 1 or not given[0] or given[0] == (1,):
        return None
    (weights,) = given
    if _fit_each(analysis, feed, weights):
        code, lines = f"[{{x}}] * {count}", "The same weights are for the values of each output."
    elif weights == (count,):
        columns = f"{{x}}[:, i] for i in range({count})"
        code = f"[{columns}]" if feed.source == "arrays" else f"tuple({columns})"  # a dataset stacks lists
        lines = "It has a column for each output."
    else:
        return None
    part = Converted(given_in(feed, "sample_weight"), _by_key(feed, code), (feed.samples, *weights))
    is_frame = "sample_weight" in feed.frames
    return Cause(
        "data",
        () if is_frame else tuple(edits_of_parts(feed, [part]) or [edit_in_words(feed, part, "sample_weight")]),
        title=f"`sample_weight` is one array {batched(weights)}; a model of {count} outputs takes an array of weights"
        " for each",
        label=f"sample weights: {batched(weights)}",
        explanation=lines,
        fix_note="give an array for each output",
    )


def _fit_each(analysis: Analysis, feed: Feed, weights: Shape) -> bool:
    """Whether the losses of all outputs take these weights."""
    compared = [Compared.at(analysis, slot) for slot in range(len(feed.targets))]
    return all(
        each is not None
        and loss_calls.outcome(each.loss, each.targets, each.values.dtype, each.output, weights) is Outcome.FITS
        for each in compared
    )


def _by_key(feed: Feed, code: str) -> str:
    """The arrays under the keys of the targets, where these are given under keys."""
    keys = dict(feed.keys).get("y")
    return code if keys is None else f"dict(zip({list(keys)}, {code}))"
