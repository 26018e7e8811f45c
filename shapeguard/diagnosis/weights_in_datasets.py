"""Sample weights that the elements of a dataset hold, converted where the program makes them, else behind it all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.fit_edits import Converted, edit_of, edits_of_parts
from shapeguard.diagnosis.handed_over import training_call, whole_given
from shapeguard.diagnosis.structure_edits import import_edit
from shapeguard.source.conversions import NAMES, WHOLE, expression_given
from shapeguard.source.dataset_elements import part_sliced, parts_made
from shapeguard.source.spelling import rewritten
from shapeguard.source.statement_edits import readable_around, replaced

if TYPE_CHECKING:
    import ast

    from shapeguard.records.findings import Edit
    from shapeguard.records.network import Feed
    from shapeguard.records.source import Correction
    from shapeguard.source.spelling import Import
    from shapeguard.source.trees import Source

WEIGHTS = 2
"""The place of the weights in an element."""
_PLACEHOLDER = "the_weights"


def edits_in_dataset(feed: Feed, axes: str) -> list[Edit]:
    """The mean over some of the last axes, for weights in the elements of a dataset; none of other data."""
    place = training_call(feed)
    given = None if place is None else expression_given(place[1], whole_given(feed), WHOLE)
    if feed.source != "dataset" or place is None or given is None or len(feed.targets) != 1:
        return []
    source, call = place
    made, sliced = parts_made(source, given, WEIGHTS), part_sliced(source, given, WEIGHTS)
    if made:
        return _edits(source, call, made, f"tf.reduce_mean({_PLACEHOLDER}, axis={axes})")
    if sliced is not None:
        return _edits(source, call, [sliced], f"np.mean({_PLACEHOLDER}, axis={axes})")
    code = f"{{x}}.map(lambda x, y, w: (x, y, tf.reduce_mean(w, axis={axes})))"
    return edits_of_parts(feed, [Converted(whole_given(feed), code)]) or []


def _edits(source: Source, call: ast.Call, nodes: list[ast.expr], code: str) -> list[Edit]:
    """The edits that write the code for each expression, and the imports that it needs."""
    changes: list[Correction] = []
    needed: dict[str, Import] = {}
    for node in nodes:
        written = rewritten(source, node, code, NAMES)
        if written is None:
            return []
        text = source.text(source.span(node))
        new = written[0].replace(_PLACEHOLDER, text)
        changes.append(replaced(source, readable_around(source, node), source.span(node), new))
        needed |= {each.statement: each for each in written[1]}
    return [*(edit_of(call, "sample_weight", each) for each in changes), *map(import_edit, needed.values())]
