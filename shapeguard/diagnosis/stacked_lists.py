"""Lists in the elements of a `tf.data` dataset: it makes one tensor of each, where the model takes several."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.diagnosis.compared_targets import batched
from shapeguard.diagnosis.fit_edits import edit_of
from shapeguard.diagnosis.handed_over import PARTS, training_call, whole_given
from shapeguard.records.findings import Cause
from shapeguard.source.conversions import WHOLE, Given, expression_given
from shapeguard.source.dataset_elements import lists_in_elements
from shapeguard.source.statement_edits import readable_around, replaced

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.records.findings import Edit
    from shapeguard.records.network import Feed, Shape
    from shapeguard.source.trees import Source


def of_stacked_lists(feed: Feed, argument: str, part: Sequence[Shape], count: int) -> Cause | None:
    """The lists of `count` tensors of which the only tensor of a part was made, each as a tuple.

    `None` where the program shows no such lists.
    """
    place = training_call(feed)
    node = None if place is None else expression_given(place[1], whole_given(feed), WHOLE)
    if place is None or node is None or feed.source != "dataset" or len(part) != 1:
        return None
    source, call = place
    lists = lists_in_elements(source, node, PARTS.index(argument), count)
    return _cause(argument, part[0], count, [_as_tuple(source, call, whole_given(feed), each) for each in lists])


def _cause(argument: str, shape: Shape, count: int, edits: Sequence[Edit]) -> Cause | None:
    if not edits:
        return None
    noun = "inputs" if argument == "x" else "outputs"
    return Cause(
        "data" if argument == "x" else "targets",
        tuple(edits),
        confidence="cause",
        title=f"{argument} is one tensor {batched(shape)}, as a dataset makes of a list; the model has {count} {noun}",
        label="a list",
        fix_note="write a tuple, which a dataset keeps",
    )


def _as_tuple(source: Source, call: ast.Call, given: Given, written: ast.List | ast.ListComp) -> Edit:
    """The list as a tuple, to be read in the statement around it."""
    span = source.span(written)
    inside = source.text(span)[1:-1]
    text = f"tuple({inside})" if isinstance(written, ast.ListComp) else f"({inside})"
    return edit_of(call, given.argument, replaced(source, readable_around(source, written), span, text))
