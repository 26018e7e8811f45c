"""The weights that layers would have after a repair: Keras builds them afresh, without memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.weight_shapes import compared, fresh_weights, weights_of
from shapeguard.spec import EMPTY

if TYPE_CHECKING:
    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Node
    from shapeguard.diagnosis.scenarios import Patch, Scenario
    from shapeguard.diagnosis.weight_shapes import WeightCheck, Weights

    Fixed = tuple[tuple[WeightCheck, Weights], ...]


def weights_fixed_by(fault: Fault, patch: Patch, scenario: Scenario) -> Fixed | None:
    """Whether the fault's weights are as expected then and no others worse; with all that it would fix; else `None`."""
    fixed: list[tuple[WeightCheck, Weights]] = []
    for check in fault.analysis.weights:
        node = fault.graph.nodes.get(check.target.call or 0)
        weights = None if node is None else weights_in(fault.analysis, node, patch, scenario)
        expectation = check.target.expectation
        bindings = fault.analysis.problem.bindings.get(expectation.scope, EMPTY)
        agrees = weights is not None and compared(expectation, weights, bindings) is None
        if not agrees and (check.agrees or check in fault.weights):
            return None
        if weights is not None and agrees and not check.agrees:
            fixed.append((check, weights))
    return tuple(fixed)


def weights_in(analysis: Analysis, node: Node, patch: Patch, scenario: Scenario) -> Weights | None:
    """The weights that a layer would have; `None` if Keras refuses it, or nobody can know."""
    if any(value in scenario.unknown for value in node.inputs):
        return None
    inputs = analysis.graph.inputs_of(node, scenario)
    config = patch.configs.get(node.index)
    if config is None and inputs == analysis.graph.inputs_of(node):
        return weights_of(node.call.operation)
    if not analysis.budget.may_build():
        return None
    return fresh_weights(node.call, node.config if config is None else config, inputs)
