"""What a repair leads to: its scenario by formulas, and whether everything that is to hold does.

Of weights and of constructor calls no formula tells: Keras builds the one layer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.diagnosis.constructing import constructs
from shapeguard.diagnosis.evaluated import Evaluated
from shapeguard.diagnosis.rerun_expressions import evaluated_by_rerun
from shapeguard.diagnosis.rewritten_calls import RewriteCall
from shapeguard.diagnosis.rewritten_expressions import RewriteExpression
from shapeguard.diagnosis.scenarios import refused_value
from shapeguard.diagnosis.weight_scenarios import weights_fixed_by
from shapeguard.layers import Refusal
from shapeguard.layers.operations import is_elementwise, multiplies_matrices

if TYPE_CHECKING:
    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Graph
    from shapeguard.diagnosis.repairs import Repair
    from shapeguard.diagnosis.scenarios import Patch, Scenario


def evaluate(repair: Repair, fault: Fault) -> Evaluated:
    """The repair with its scenario, as far as it takes to see whether it will do."""
    if isinstance(repair, RewriteExpression):
        return evaluated_by_rerun(repair, fault)
    patch = repair.patch(fault.graph)
    scenario = fault.cache.scenario(fault.graph.repaired.merged(patch))
    evaluated = Evaluated(repair, patch, scenario, fault.cache.holds(scenario), repair.cost)
    if isinstance(repair, RewriteCall):
        return replace(evaluated, satisfies=constructs(repair))
    if evaluated.satisfies and _misuses_samples(fault.graph, scenario, patch):
        return replace(evaluated, satisfies=False)
    if not fault.weights or not evaluated.satisfies:
        return evaluated
    fixed = weights_fixed_by(fault, patch, scenario)
    return replace(evaluated, satisfies=fixed is not None, fixed_weights=fixed or ())


def _misuses_samples(graph: Graph, scenario: Scenario, patch: Patch) -> bool:
    """Whether the call that Keras refused would take the axis of the samples for another one."""
    return (
        _puts_weight_beside_batch(graph, scenario)
        or _multiplies_over_samples(graph, patch)
        or _lays_samples_across(graph, scenario, patch)
    )


def _lays_samples_across(graph: Graph, scenario: Scenario, patch: Patch) -> bool:
    """Whether the samples of one tensor would be set beside another axis of the other: every sample meets every other.

    Tensors of other ranks align from the last axis on.
    """
    node = graph.refused
    if node is None or not is_elementwise(node.call.layer_type) or len(node.inputs) != 2:
        return False
    entering = graph.inputs_of(node, scenario)
    changed = patch.inserted.get(node.index)
    shapes = entering if changed is None else changed(entering)
    if isinstance(shapes, Refusal) or any(map(graph.is_of_weights, node.inputs)):
        return False
    batches = {graph.shapes[value][:1] for value in graph.network.inputs}
    is_given = all(
        graph.shapes[value][:1] in batches and shape[:1] in batches
        for value, shape in zip(node.inputs, shapes, strict=False)
    )
    return is_given and len({len(shape) for shape in shapes}) == 2


def _multiplies_over_samples(graph: Graph, patch: Patch) -> bool:
    """Whether what each sample has would be multiplied with the samples of one row each, however many these are."""
    node = graph.refused
    if node is None or not multiplies_matrices(node.call.layer_type) or len(node.inputs) != 2:
        return False
    if node.index in patch.inserted or node.index in patch.configs:
        return False
    first, second = graph.inputs_of(node)
    batches = {graph.shapes[value][:1] for value in graph.network.inputs}
    return len(first) > len(second) == 2 and first[:1] in batches and second[:1] in batches


def _puts_weight_beside_batch(graph: Graph, scenario: Scenario) -> bool:
    """Whether a size of what holds no samples would stand where the open batch does in the call that Keras refused.

    That is a weight, or what was made without the batch, such as one row for each place of a sequence.
    """
    node = graph.refused
    if node is None or not is_elementwise(node.call.layer_type):
        return False
    given = scenario.shapes.get(refused_value(node.index), ())
    apart = [graph.shapes[value] for value in node.inputs if _holds_no_samples(graph, value)]
    is_open = any(graph.shapes[value][:1] == (None,) for value in graph.network.inputs)
    return is_open and any(len(shape) == len(given) > 0 and shape[0] == given[0] != 1 for shape in apart)


def _holds_no_samples(graph: Graph, value: int) -> bool:
    """Whether a tensor is of weights alone, or has a number where the open batch of others stands."""
    return graph.is_of_weights(value) or graph.shapes[value][:1] != (None,)
