"""A list of samples, which Keras takes for the arrays of so many inputs or outputs: one array of them was meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.fit_edits import Converted, edits_of_parts
from shapeguard.diagnosis.handed_over import given_in
from shapeguard.records.findings import Cause
from shapeguard.spec import shapes_agree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.records.network import Feed, Shape

_PARTS = ("x", "y")


def cause_of_listed_samples(
    analysis: Analysis, feed: Feed, part: str, whole: Sequence[Shape], beside: int | None
) -> Cause | None:
    """The arrays of a part as one, where the model takes one, and they hold as many samples as there are beside.

    `whole` are their shapes, the first axis included; `beside` is `None` where nothing is given beside the inputs.
    """
    own = _own(analysis, part)
    function = None if own is None or len(whole) < 2 else _joining(whole, own, beside)
    if function is None or own is None or part in feed.frames:
        return None
    edits = edits_of_parts(feed, [Converted(given_in(feed, part), f"np.{function}({{x}})", whole[0])])
    noun = "input" if part == "x" else "output"
    return Cause(
        "data" if part == "x" else "targets",
        tuple(edits or ()),
        confidence="cause",
        title=f"{part} is a list of {len(whole)} arrays {whole[0]}; the model has one {noun}, which takes one array",
        label="a list of samples",
        explanation=f"Keras takes a list for the arrays of several {noun}s.",
        fix_note="make one array of the samples",
    )


def _own(analysis: Analysis, part: str) -> Shape | None:
    """What the only input takes, or the only output gives, of one sample; `None` where the model has several."""
    network, graph = analysis.graph.network, analysis.graph
    values = network.inputs if part == "x" else network.outputs
    return graph.shapes[values[0]][1:] if len(values) == 1 and part in _PARTS else None


def _joining(whole: Sequence[Shape], own: Shape, beside: int | None) -> str | None:
    """The function of NumPy that makes the samples of these arrays one array; `None` where they are other data."""
    if len(set(whole)) == 1 and shapes_agree(whole[0], own):
        return "stack" if beside in {None, len(whole)} else None
    inner = {shape[1:] for shape in whole}
    samples = sum(shape[0] or 0 for shape in whole if shape)
    is_batch = len(inner) == 1 and shapes_agree(inner.pop(), own)
    return "concatenate" if is_batch and beside in {None, samples} else None
