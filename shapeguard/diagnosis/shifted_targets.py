"""Sequences of which the inputs or the targets are without a step, and the others have it still."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.diagnosis.compared_targets import batched
from shapeguard.diagnosis.fit_edits import Converted, edit_of, edits_of_parts
from shapeguard.diagnosis.handed_over import PARTS, given_in, training_call, whole_given
from shapeguard.diagnosis.made_targets import cause_of_made, compared_first, takes_wanted, wanted_targets, written_part
from shapeguard.source.conversions import WHOLE, Leaf, expression_given, leaf_in
from shapeguard.source.dataset_elements import parts_made
from shapeguard.source.shifted_slices import same_data, shifted
from shapeguard.source.statement_edits import readable_around, replaced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.compared_targets import Compared
    from shapeguard.diagnosis.faults import Fault
    from shapeguard.records.findings import Cause, Edit
    from shapeguard.records.network import Feed, Shape
    from shapeguard.source.trees import Source


def causes_of_shifted_targets(fault: Fault) -> tuple[Cause, ...]:
    """The step to leave out of the targets, or of the inputs, where the program leaves out one of the others."""
    feed, compared = fault.analysis.problem.feed, compared_first(fault)
    if feed is None or compared is None or feed.source == "batches":
        return ()
    more = _more_steps(compared.targets, wanted_targets(compared))
    of_targets = Leaf(compared.slot, len(feed.targets), compared.layer)
    if more == 1 and takes_wanted(fault, feed, compared):
        return tuple(_of_targets(fault, feed, compared, of_targets))
    return tuple(_of_inputs(fault, feed, compared, of_targets)) if more == -1 else ()


def _more_steps(targets: Shape, output: Shape) -> int | None:
    """How many steps more the targets have than the output; `None` if anything else is different."""
    if len(targets) != len(output) or not targets or targets[1:] != output[1:]:
        return None
    return None if targets[0] is None or output[0] is None else targets[0] - output[0]


def _inputs(fault: Fault, feed: Feed, steps: int | None) -> Iterator[Leaf]:
    """The inputs whose first axis has as many steps as the output."""
    graph = fault.analysis.graph
    for place, (value, shape) in enumerate(zip(graph.network.inputs, feed.inputs, strict=False)):
        if shape[:1] == (steps,):
            yield Leaf(place, len(feed.inputs), graph.nodes[graph.producer[value]].call.layer)


def _of_targets(fault: Fault, feed: Feed, compared: Compared, leaf: Leaf) -> Iterator[Cause]:
    """Whole targets beside inputs that are without a step."""
    for each in _inputs(fault, feed, compared.output[0]):
        yield from _without_other(feed, compared, ("x", each), ("y", leaf))


def _of_inputs(fault: Fault, feed: Feed, compared: Compared, leaf: Leaf) -> Iterator[Cause]:
    """Whole inputs beside targets that are without a step; the pass is not run again with shorter ones."""
    inputs = list(_inputs(fault, feed, compared.output[0]))
    if len(inputs) == 1:
        for cause in _without_other(feed, compared, ("y", leaf), ("x", inputs[0])):
            yield replace(cause, proven_by=None, proof="")


def _without_other(feed: Feed, compared: Compared, one: tuple[str, Leaf], other: tuple[str, Leaf]) -> Iterator[Cause]:
    """The step at the other end left out of a whole sequence, beside one that is without a step."""
    written, whole = _written(feed, *one), _written(feed, *other)
    slice_ = None if written is None else shifted(*written)
    if slice_ is None or whole is None or shifted(*whole) is not None:
        return
    edits = _edits(feed, *other, whole, f"{{x}}{slice_.other()}")
    if not edits:
        return
    left, right = ("inputs", "targets") if one[0] == "x" else ("targets", "inputs")
    cause = cause_of_made(
        edits, f"the {left} are without their {slice_.without} step, and the {right} have all", compared
    )
    yield replace(
        cause,
        kind="targets" if other[0] == "y" else "data",
        confidence="cause" if same_data(whole[0], slice_.whole, whole[1]) else "possible",
        label=f"targets: {batched(compared.targets)}" if other[0] == "y" else f"{compared.output[0]} steps",
        explanation="The target of each step is the next one.",
        fix_note=f"leave out the {'first' if slice_.without == 'last' else 'last'} step",
    )


def _written(feed: Feed, part: str, leaf: Leaf) -> tuple[Source, ast.expr] | None:
    """The expression of an array where it is handed over, or where the elements of a dataset are made."""
    place = training_call(feed)
    if place is None or feed.source == "arrays":
        written = written_part(feed, part, leaf)
        return None if written is None else (written[0], written[2])
    dataset = expression_given(place[1], whole_given(feed), WHOLE)
    made = [] if dataset is None else parts_made(place[0], dataset, PARTS.index(part))
    node = leaf_in(made[0], leaf) if len(made) == 1 else None
    return None if node is None else (place[0], node)


def _edits(feed: Feed, part: str, leaf: Leaf, whole: tuple[Source, ast.expr], code: str) -> list[Edit]:
    place, (source, node) = training_call(feed), whole
    if feed.source == "arrays":
        return edits_of_parts(feed, [Converted(given_in(feed, part), code, None, leaf)]) or []
    if place is None or not isinstance(node, ast.Name):
        return []
    span = source.span(node)
    change = replaced(source, readable_around(source, node), span, code.format(x=source.text(span)))
    return [edit_of(place[1], whole_given(feed).argument, change)]
