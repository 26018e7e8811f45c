"""Targets with more axes than a Dense gives: what it gives is grouped by a Reshape behind it."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from shapeguard.diagnosis.layer_specs import from_config, spec_of
from shapeguard.diagnosis.reshape_behind import ReshapeBehind
from shapeguard.diagnosis.scoring import costs
from shapeguard.layers import Change, Role, role_of, rule_for, with_change

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.constraints import Constraint
    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Node
    from shapeguard.records.network import Shape


def propose_reshapes_behind(fault: Fault) -> Iterator[ReshapeBehind]:
    """Behind the Dense whose output the targets are compared with; not where the user says what it gives."""
    graph = fault.graph
    for constraint in fault.outputs:
        node = graph.nodes.get(constraint.call)
        if constraint.target is not None or node is None or role_of(node.call.layer_type) is not Role.DENSE:
            continue
        said = any(each.target is not None and each.call == node.index for each in fault.constraints.all)
        if said or len(graph.inputs_of(node)[0]) != 2 or graph.consumers.get(node.outputs[0]):
            continue
        for shape in _shapes(fault, constraint):
            repair = _behind(fault, node, shape[1:])
            if repair is not None:
                yield repair


def _shapes(fault: Fault, constraint: Constraint) -> list[Shape]:
    """That of the targets if the loss takes it; else all that it takes: an axis of one more or less is no matter."""
    feed, accepted = fault.analysis.problem.feed, fault.constraints.required_shapes(constraint)
    targets = None if feed is None or constraint.output is None else feed.targets[constraint.output]
    return [shape for shape in accepted if targets is not None and shape[1:] == tuple(targets)] or accepted


def _behind(fault: Fault, node: Node, sizes: Shape) -> ReshapeBehind | None:
    known = tuple(size for size in sizes if size is not None)
    rule = rule_for(type(node.call.operation))
    if rule is None or len(known) < len(sizes) or len(sizes) < 2:
        return None
    units, config = prod(known), fault.graph.config_of(node)
    change = None if config["units"] == units else Change((("units", units),), costs.FILLED_TARGET, solved=True)
    first = from_config(rule, config if change is None else with_change(config, change))
    cost = costs.RESHAPED if change is None else costs.FILLED_TARGET
    second = spec_of(Role.RESHAPE, ("target_shape", known))
    return None if first is None else ReshapeBehind(node.index, change, first, second, cost)
