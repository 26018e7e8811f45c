"""What is known of a problem, the same for each of its faults."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from shapeguard.diagnosis.budget import SearchBudget
from shapeguard.diagnosis.constraints import Accepted, Constraints, Constructed
from shapeguard.diagnosis.graph import Graph
from shapeguard.diagnosis.layer_groups import LayerGroups
from shapeguard.diagnosis.model_inputs import ModelInputs
from shapeguard.diagnosis.number_homes import NumberHomes
from shapeguard.diagnosis.requirements import constraints_of, constraints_of_feed
from shapeguard.diagnosis.scenario_cache import ScenarioCaches

if TYPE_CHECKING:
    from shapeguard.diagnosis.constraints import Constraint
    from shapeguard.diagnosis.evaluated import Batches
    from shapeguard.diagnosis.problem import Problem
    from shapeguard.diagnosis.weight_shapes import WeightCheck


@dataclass(frozen=True, slots=True)
class Analysis:
    """The network of a problem, what is to hold in it, and what its search may cost."""

    problem: Problem
    graph: Graph
    constraints: Constraints
    caches: ScenarioCaches
    inputs: ModelInputs
    groups: LayerGroups
    budget: SearchBudget
    homes: NumberHomes
    batches: list[Batches] = field(default_factory=list)
    """What real batches make of the network as it is, once that was asked."""

    @classmethod
    def of(cls, problem: Problem) -> Analysis:
        """The analysis of a problem."""
        raised = problem.failure is not None
        asks_functions = problem.rerun is not None
        graph = Graph(problem.network, problem.construction_of, asks_functions=asks_functions, raised=raised)
        constraints = constraints_of(graph, problem.targets)
        feed = problem.feed
        if feed is not None and problem.network.complete:
            constraints += constraints_of_feed(graph, feed.targets, feed.loss, raised=raised)
        whole = Constraints(graph, constraints)
        caches, inputs = ScenarioCaches(graph, whole), ModelInputs.of(graph, feed)
        groups, budget = LayerGroups(graph), SearchBudget(graph.work)
        homes = NumberHomes(graph, problem.wrapped_construction)
        return cls(problem, graph, whole, caches, inputs, groups, budget, homes)

    def trusting(self, reference: Constraint) -> Analysis:
        """The same, the symbols of one constraint taken for right and not what most others say."""
        constraints = Constraints(self.graph, self.constraints.all, reference)
        return replace(self, constraints=constraints, caches=ScenarioCaches(self.graph, constraints))

    @property
    def violated(self) -> tuple[Constraint, ...]:
        """The constraints on outputs that do not hold, or only do apart from the others; the user's first."""
        # A batch size is a matter of `wrong_expectations.batch_size`.
        different = {id(m.target) for m in self.problem.mismatches if (m.kind, m.axes) != ("size", (0,))}
        violated = {id(constraint) for constraint in self.constraints.violated}
        found = [
            constraint
            for constraint in self.constraints.all
            if id(constraint) in violated or (constraint.target is not None and id(constraint.target) in different)
        ]
        return tuple(sorted(found, key=lambda constraint: (constraint.target is None, constraint.call)))

    @property
    def accepted(self) -> tuple[Accepted | Constructed, ...]:
        """That Keras accepts the call that it refused, or makes the layer; empty if it refused nothing."""
        if self.problem.construction is not None:
            return (Constructed(self.problem.construction),)
        return () if self.graph.refused is None else (Accepted(self.graph.refused.index),)

    @property
    def weights(self) -> list[WeightCheck]:
        """What is expected of weights and could be compared."""
        return [check for check in self.problem.weights if check.agrees is not None]

    @property
    def wrong_weights(self) -> list[WeightCheck]:
        """The weights that are not as expected; none if Keras raised before."""
        return [check for check in self.weights if check.agrees is False and self.problem.failure is None]

    def layer_of(self, check: WeightCheck) -> Any:
        """The layer whose weights were compared."""
        return self.graph.network.calls[check.target.call or 0].operation
