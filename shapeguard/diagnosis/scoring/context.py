"""What a feature looks at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.diagnosis.repairs import change_of

if TYPE_CHECKING:
    from shapeguard.diagnosis.constraints import Constraint
    from shapeguard.diagnosis.evaluated import Evaluated
    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.diagnosis.layer_groups import LayerGroups
    from shapeguard.diagnosis.repairs import Repair
    from shapeguard.diagnosis.scenarios import Scenario
    from shapeguard.layers import Change


@dataclass(frozen=True, slots=True)
class Context:
    """A repair with what would be then, and the network as it is; `violated` are the constraints that it repairs."""

    evaluated: Evaluated
    graph: Graph
    groups: LayerGroups
    violated: tuple[Constraint, ...] = ()

    @property
    def repair(self) -> Repair:
        """What is changed in the program."""
        return self.evaluated.repair

    @property
    def scenario(self) -> Scenario:
        """What would be then."""
        return self.evaluated.scenario

    @property
    def change(self) -> Change:
        """The change of arguments; only features of such changes ask for it."""
        change = change_of(self.repair)
        if change is None:
            raise TypeError(self.repair)
        return change

    @property
    def name(self) -> str:
        """The first argument that changes."""
        return self.change.arguments[0][0]

    @property
    def node(self) -> Node:
        """The first call of a layer that changes."""
        return self.graph.nodes[self.repair.nodes[0]]

    @property
    def refused(self) -> Node | None:
        """The call that Keras refused."""
        return None if self.graph.refused is None else self.graph.refused

    @property
    def faults(self) -> list[int]:
        """The calls at which something is wrong: what is violated, then what Keras refused."""
        calls = [constraint.call for constraint in self.violated if constraint.call in self.graph.nodes]
        return calls if self.graph.refused is None else [*calls, self.graph.refused.index]
