"""A Reshape put behind a Dense, as edits of the user's source and in words."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING

from shapeguard.diagnosis.argument_text import quoted
from shapeguard.diagnosis.structure_edits import import_edit
from shapeguard.diagnosis.written_layers import WrittenLayer
from shapeguard.records.findings import Edit
from shapeguard.source.layer_edits import added_behind

if TYPE_CHECKING:
    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.reshape_behind import ReshapeBehind


def edits_behind(analysis: Analysis, repair: ReshapeBehind) -> list[Edit]:
    """The edits that put the layer behind the other one, and the imports that it needs."""
    node = analysis.graph.nodes[repair.node]
    place = WrittenLayer.of(node.construction)
    spelled = None if place is None else place.spelled(repair.suggestion)
    edit = Edit(
        layer=node.call.layer,
        argument=repair.argument,
        value=None,
        suggestion=repair.suggestion,
        corrected=repair.suggestion if spelled is None else spelled[0],
        layer_type=node.call.layer_type,
        layers=(node.call.layer,),
        span_layers=(node.call.layer,),
        span=None if node.construction is None else node.construction.call,
    )
    entrance = None if place is None or len(analysis.groups.of_span(node)) > 1 else place.entrance
    if place is None or spelled is None or entrance is None or not analysis.graph.network.complete:
        return [edit]
    text, imports = spelled
    pieces = added_behind(place.source, entrance, text)
    edits = [replace(edit, replaces=span, replacement=piece) for span, piece in pieces]
    return [*(edits or [edit]), *map(import_edit, imports)]


def texts_behind(analysis: Analysis, repair: ReshapeBehind) -> tuple[str, str, str, str]:
    """Title, label, explanation and what the fix does."""
    node = analysis.graph.nodes[repair.node]
    name, given = repair.suggestion.partition("(")[0], dict(repair.second.arguments)["target_shape"]
    units = "" if repair.change is None else f", and units to fill it: {' * '.join(map(str, given))} = {prod(given)}"
    return (
        f"no {name} behind {quoted(node.call.layer)}{units}",
        f"gives one row of {node.config['units']} numbers a sample",
        f"{node.call.layer_type} gives a row of numbers; {repair.suggestion} gives these the axes {given}.",
        f"insert behind {quoted(node.call.layer)}",
    )
