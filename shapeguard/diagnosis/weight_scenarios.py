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


def are_as_expected(analysis: Analysis, patch: Patch, scenario: Scenario) -> bool:
    """Whether all that is expected of weights holds then, as far as it could be compared."""
    for check in analysis.weights:
        node = analysis.graph.nodes.get(check.target.call or 0)
        weights = None if node is None else _then(analysis, node, patch, scenario)
        bindings = analysis.problem.bindings.get(check.target.expectation.scope, EMPTY)
        if weights is None or compared(check.target.expectation, weights, bindings) is not None:
            return False
    return True


def weights_in(analysis: Analysis, node: Node, patch: Patch, scenario: Scenario) -> Weights | None:
    """The weights that a layer would have; `None` if Keras refuses it, nobody can know, or no more may be built."""
    if _is_touched(analysis, node, patch, scenario) and not analysis.budget.may_build():
        return None
    return _then(analysis, node, patch, scenario)


def _is_touched(analysis: Analysis, node: Node, patch: Patch, scenario: Scenario) -> bool:
    """Whether a layer, or what enters it, differs in a scenario in which that is known."""
    if any(value in scenario.unknown for value in node.inputs):
        return False
    return node.index in patch.configs or analysis.graph.inputs_of(node, scenario) != analysis.graph.inputs_of(node)


def _then(analysis: Analysis, node: Node, patch: Patch, scenario: Scenario) -> Weights | None:
    """The weights that a layer would have; `None` if Keras refuses it, or nobody can know."""
    if any(value in scenario.unknown for value in node.inputs):
        return None
    if not _is_touched(analysis, node, patch, scenario):
        return weights_of(node.call.operation)
    config = patch.configs.get(node.index, node.config)
    return fresh_weights(node.call, config, analysis.graph.inputs_of(node, scenario))
