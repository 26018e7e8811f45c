"""Several faults at once: what shows each of them, what vanishes with it, and whether they are one after all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.diagnosis.constraints import filled_up
from shapeguard.diagnosis.evaluated import Evaluated
from shapeguard.diagnosis.faults import Fault
from shapeguard.diagnosis.repairs import ChangeApplication, ChangeArguments, Joint, lead_of
from shapeguard.diagnosis.scenarios import Patch
from shapeguard.diagnosis.what_if import propagate, with_repairs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.constraints import Constraint, Constraints
    from shapeguard.diagnosis.graph import Graph
    from shapeguard.records.network import Shape


@dataclass(frozen=True, slots=True)
class Step:
    """One of several faults: the constraint that shows it, those that hold once it is repaired, and its repairs."""

    first: Constraint
    dependent: tuple[Constraint, ...]
    found: list[Evaluated]


def one_by_one(analysis: Analysis, solve: Callable[[Fault], list[Evaluated]]) -> list[Step]:
    """One fault after the other, each in the network in which those before it are repaired."""
    constraints, graph = analysis.constraints, analysis.graph
    steps: list[Step] = []
    rest = list(analysis.violated)
    while rest:
        first = rest[0]
        dependent, independent = _consequences(graph, constraints, first, rest[1:])
        found = solve(Fault(analysis, graph, (first, *dependent), (*independent, *analysis.accepted)))
        found = found or solve(Fault(analysis, graph, (first,), (*rest[1:], *analysis.accepted)))
        if found:
            graph = with_repairs(graph, graph.repaired.merged(found[0].patch))
            rest = [each for each in rest[1:] if not constraints.holds(each, graph.base)]
            earlier = [each for step in steps for each in (step.first, *step.dependent)]
            dependent = [e for e in analysis.violated if e is not first and e not in rest and e not in earlier]
        else:
            graph = _pretend_met(graph, constraints, first)
            rest = independent
        steps.append(Step(first, tuple(dependent), found))
    return steps


def as_one(analysis: Analysis, steps: Sequence[Step]) -> Evaluated | None:
    """The repairs of all steps as one, if they change one argument of one class and everything holds then."""
    parts = [step.found[0] for step in steps if step.found]
    if len(parts) < max(len(steps), 2) or not _are_alike(analysis.graph, parts):
        return None
    patch = Patch()
    for part in parts:
        patch = patch.merged(part.patch)
    scenario = propagate(analysis.graph, patch)
    if scenario.refusal is not None or not analysis.constraints.met(scenario):
        return None
    return Evaluated(Joint.of([part.repair for part in parts]), patch, scenario, satisfies=True, score=parts[0].score)


def _are_alike(graph: Graph, parts: Sequence[Evaluated]) -> bool:
    """Whether all of them change the same argument of the same class."""
    leads = [lead_of(part.repair) for part in parts]
    classes = [graph.nodes[lead.nodes[0]].call.layer_type if lead.nodes else "" for lead in leads]
    kinds = {(lead.argument, name, lead.kind) for lead, name in zip(leads, classes, strict=True)}
    return len(kinds) == 1 and isinstance(leads[0], ChangeArguments | ChangeApplication)


def other_side(fault: Fault) -> Fault | None:
    """The expectations behind the first one as what is violated, its symbols taken for right: theirs follow from it."""
    first, graph = next(iter(fault.outputs), None), fault.graph
    if first is None or graph.refused is not None or not first.symbolic:
        return None
    behind = [each for each in fault.constraints.all if _is_behind(graph, each, first)]
    turned = fault.analysis.trusting(first) if any(each.symbolic for each in behind) else None
    return None if turned is None else _trusting(turned, graph, behind)


def _trusting(turned: Analysis, graph: Graph, behind: list[Constraint]) -> Fault | None:
    """What is violated among the constraints behind; `None` if nothing, or something else is too."""
    violated = tuple(each for each in behind if each.specs and turned.constraints.disagrees(each))
    others = [each for each in turned.constraints.violated if each not in violated]
    return Fault(turned, graph, violated) if violated and not others else None


def _is_behind(graph: Graph, constraint: Constraint, first: Constraint) -> bool:
    return constraint is not first and first.call in _upstream(graph, constraint)


def _consequences(
    graph: Graph, constraints: Constraints, first: Constraint, others: list[Constraint]
) -> tuple[list[Constraint], list[Constraint]]:
    """Which other violated constraints hold when `first` is given its expected shape, and which do not."""
    shape = _as_required(graph, constraints, first)
    if shape is None:
        dependent = [each for each in others if first.call in _upstream(graph, each)]
    else:
        scenario = propagate(graph, Patch(values={first.values[0]: shape}))
        dependent = [each for each in others if scenario.refusal is None and constraints.holds(each, scenario)]
    return dependent, [each for each in others if each not in dependent]


def _pretend_met(graph: Graph, constraints: Constraints, constraint: Constraint) -> Graph:
    """The graph in which the constraint's value has the shape that is expected of it."""
    shape = _as_required(graph, constraints, constraint)
    if shape is None:
        return graph
    return with_repairs(graph, graph.repaired.merged(Patch(values={constraint.values[0]: shape})))


def _as_required(graph: Graph, constraints: Constraints, constraint: Constraint) -> Shape | None:
    """The shape of the constraint's value with every size that is expected of it; `None` if that is open."""
    required = constraints.required_shapes(constraint)
    if not required or not constraint.values or constraint.values[0] < 0:
        return None
    return filled_up(required[0], graph.shapes.get(constraint.values[0], ()))


def _upstream(graph: Graph, constraint: Constraint) -> frozenset[int]:
    node = graph.nodes.get(constraint.call)
    return node.upstream if node is not None else frozenset()
