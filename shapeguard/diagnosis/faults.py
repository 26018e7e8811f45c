"""One fault: constraints that one repair has to meet, and where in the network it may be."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, assert_never

from shapeguard.diagnosis.constraints import Accepted, Constraint, Constructed
from shapeguard.diagnosis.weight_shapes import WeightCheck

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.budget import SearchBudget
    from shapeguard.diagnosis.constraints import Constraints
    from shapeguard.diagnosis.evaluated import Evaluated
    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.diagnosis.layer_groups import LayerGroups
    from shapeguard.diagnosis.scenario_cache import ScenarioCache
    from shapeguard.records.network import Shape
    from shapeguard.records.source import Construction

    Violated = Constraint | Accepted | Constructed | WeightCheck


@dataclass(frozen=True, slots=True, eq=False)
class Fault:
    """What is violated, and the network as it is once earlier faults are repaired.

    What is `ignored` may fail; of `Accepted` this means that what Keras refuses later does not count yet. `rejected`
    are repairs of one layer that an earlier stage tried and that tore a merge. `required` holds what was worked out for
    a node by `required_outputs`.
    """

    analysis: Analysis
    graph: Graph
    violated: tuple[Violated, ...] = ()
    ignored: tuple[Violated, ...] = ()
    rejected: tuple[Evaluated, ...] = ()
    required: dict[int, list[Shape]] = field(default_factory=dict)

    @property
    def outputs(self) -> list[Constraint]:
        """The violated constraints on what layers give."""
        return [each for each in self.violated if isinstance(each, Constraint)]

    @property
    def weights(self) -> list[WeightCheck]:
        """The violated constraints on weights."""
        return [each for each in self.violated if isinstance(each, WeightCheck)]

    @property
    def constructions(self) -> list[Construction]:
        """The constructor calls that raised."""
        return [each.construction for each in self.violated if isinstance(each, Constructed)]

    @property
    def constraints(self) -> Constraints:
        """All constraints of the network."""
        return self.analysis.constraints

    @property
    def groups(self) -> LayerGroups:
        """Which layers belong together."""
        return self.analysis.groups

    @property
    def budget(self) -> SearchBudget:
        """What the search may cost."""
        return self.analysis.budget

    @property
    def cache(self) -> ScenarioCache:
        """The scenarios in which the same constraints are ignored."""
        ignored = [each for each in self.ignored if isinstance(each, Constraint)]
        return self.analysis.caches.ignoring(ignored, stops=not self._waits)

    def after(self, rejected: Iterable[Evaluated]) -> Fault:
        """The same for the next stage, which may know what did not do."""
        return replace(self, rejected=tuple(rejected), required={})

    @property
    def suspects(self) -> list[Node]:
        """The user's nodes on which everything that is violated depends, nearest to the first mismatch first."""
        return [node for node in self._on_all(self._ways(self.violated)) if not self._is_library(node)]

    @property
    def common(self) -> list[Node]:
        """The nodes on which everything depends, Keras' own ones included, and a call that is to be accepted later."""
        return self._on_all(self._ways((*self.violated, *self._waits)))

    @property
    def affected(self) -> list[Node]:
        """The user's nodes on which anything that is violated depends."""
        ways = self._ways((*self.violated, *self._waits))
        return [node for node in self._nodes(frozenset().union(*ways)) if not self._is_library(node)]

    @property
    def _waits(self) -> list[Accepted]:
        """The call that is to be accepted, if that is ignored yet."""
        return [each for each in self.ignored if isinstance(each, Accepted)]

    def _ways(self, violated: Iterable[Violated]) -> list[frozenset[int]]:
        """The nodes before each call at which something is violated."""
        return [self.graph.nodes[call].upstream for constraint in violated for call in self._calls_of(constraint)]

    def _on_all(self, ways: list[frozenset[int]]) -> list[Node]:
        return self._nodes(frozenset.intersection(*ways) if ways else ())

    def _nodes(self, indices: Iterable[int]) -> list[Node]:
        return [self.graph.nodes[index] for index in sorted(indices, reverse=True)]

    def _calls_of(self, constraint: Violated) -> list[int]:
        match constraint:
            case Accepted():
                return [constraint.call]
            case Constructed():
                return []
            case WeightCheck():
                return [] if constraint.target.call is None else [constraint.target.call]
            case Constraint():
                known = constraint.call in self.graph.nodes
                makers = [self.graph.producer[value] for value in constraint.values if value in self.graph.producer]
                return [constraint.call] if known else makers
            case _:
                assert_never(constraint)

    def _is_library(self, node: Node) -> bool:
        """Whether Keras made the layer itself, as inside `keras.applications`, while others are the user's own."""
        construction = node.construction
        is_indirect = construction is not None and construction.indirect and not node.is_input
        return is_indirect and self.groups.some_written
