"""Other arguments of layers: solved for the outputs that are required, and drawn from the values that people use."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from shapeguard.diagnosis.keras_fallback import OperationRule
from shapeguard.diagnosis.proposers.placements import Placements
from shapeguard.diagnosis.proposers.transposes import meets_samples
from shapeguard.diagnosis.required_outputs import required_outputs
from shapeguard.layers import arguments_with

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.diagnosis.repairs import ChangeArguments
    from shapeguard.layers import Change
    from shapeguard.records.network import Shape

WIDE = 72
"""Nodes of a network in which only layers are solved for what is required of them that no small grid holds."""


def propose_arguments(fault: Fault) -> Iterator[ChangeArguments]:
    """Other values of one argument: of each suspect, and of layers off the common way only together with others."""
    placements, suspects = Placements(fault), fault.suspects
    for node in suspects:
        if not node.is_input:
            outputs = outputs_to_solve_for(fault, node) or _clashing(fault.graph, node)
            for change in single_changes(fault.graph, node, outputs):
                if not meets_samples(fault.graph, node, change):
                    yield from placements.everywhere(node, change)
    in_common = {node.index for node in suspects}
    for node in fault.affected:
        if node.index not in in_common and not node.is_input:
            for change in single_changes(fault.graph, node, ()):
                yield from placements.in_several(node, change)


def propose_pairs(fault: Fault) -> Iterator[ChangeArguments]:
    """Two arguments of one layer that are wrong together."""
    placements = Placements(fault)
    for node in fault.suspects:
        if node.rule is None or isinstance(node.rule, OperationRule):
            continue
        config, inputs = fault.graph.config_of(node), fault.graph.inputs_of(node)
        outputs = (*outputs_to_solve_for(fault, node), None)
        changes = {repr((c.inner, c.arguments)): c for each in outputs for c in node.rule.pairs(config, inputs, each)}
        for change in changes.values():
            yield from placements.everywhere(node, change)


def outputs_to_solve_for(fault: Fault, node: Node) -> list[tuple[Shape, ...]]:
    """The outputs for which the arguments of a layer are solved: what is expected of it, else what is required."""
    own: list[tuple[Shape, ...]] = [
        (shape,)
        for constraint in fault.outputs
        if node.index == constraint.call
        for shape in fault.constraints.required_shapes(constraint)
    ]
    if own:
        return own
    is_unbounded = not arguments_with("unbounded").isdisjoint(getattr(node.rule, "arguments", ()))
    if len(fault.graph.nodes) > WIDE and not is_unbounded and not node.inside:
        return []
    required = required_outputs(fault, node)
    ndim = len(fault.graph.shapes[node.outputs[0]]) if node.outputs else 0
    return [(shape,) for shape in sorted(required, key=lambda shape: len(shape) != ndim)]


def _clashing(graph: Graph, node: Node) -> list[tuple[Shape, ...]]:
    """The node's output as wide as what meets it at the refused call, as wide as most of the others first."""
    if graph.refused is None or len(node.outputs) != 1:
        return []
    observed = graph.outputs_of(node)[0]
    meeting = graph.inputs_of(graph.refused)
    widths = Counter(shape[-1] for shape in meeting if shape and len(shape) == len(observed))
    return [((*observed[:-1], width),) for width, _ in widths.most_common() if len(widths) > 1]


def single_changes(graph: Graph, node: Node, outputs: Iterable[tuple[Shape, ...]]) -> Iterator[Change]:
    """Changes of one argument of a layer: solved for each required output, then the grid; each value once."""
    if node.rule is None:
        return
    inputs = graph.inputs_of(node)
    seen: set[tuple[object, ...]] = set()
    for wanted in (*outputs, None):
        for change in node.rule.changes(graph.config_of(node), inputs, wanted):
            key = (change.inner, repr(change.arguments))
            if key not in seen:
                seen.add(key)
                yield change
