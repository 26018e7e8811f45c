"""What-if propagation: from changed nodes and values onwards, until the shapes rejoin the observed ones."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from shapeguard.diagnosis.scenarios import Scenario, more_values, refused_values
from shapeguard.layers import Refusal
from shapeguard.layers.wrappers import Wrapper, within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.diagnosis.scenarios import Patch
    from shapeguard.records.network import Shape


class Propagation:
    """One run through a graph, in call order; without `stops` a refused call only makes unknown what depends on it."""

    def __init__(self, graph: Graph, repair: Patch, *, stops: bool) -> None:
        self._graph, self._repair, self._stops = graph, repair, stops
        self.scenario = Scenario()
        self._done: set[int] = set()
        self._agenda = [*repair.configs, *repair.inserted, *repair.replaced]
        for value, shape in repair.values.items():
            if shape != graph.shapes.get(value):
                self.scenario.shapes[value] = shape
                self._agenda.extend(graph.consumers.get(value, ()))
        if graph.refused is not None:
            self._agenda.append(graph.refused.index)
        heapq.heapify(self._agenda)

    def run(self) -> Scenario:
        """The scenario after the last change has been followed."""
        while self._agenda:
            index = heapq.heappop(self._agenda)
            if index in self._done:
                continue
            self._done.add(index)
            node = self._graph.nodes[index]
            self._graph.work.calls += 1
            changed = self._placed(node, self._computed(node))
            if self.scenario.refusal is not None:
                if self._stops:
                    break
                self.scenario.refusal = None
                changed = self._lost(node)
            if self._is_decided(index, changed):
                break
            for value in changed:
                for consumer in self._graph.consumers.get(value, ()):
                    if consumer not in self._done:
                        heapq.heappush(self._agenda, consumer)
        return self.scenario

    def _is_decided(self, index: int, changed: list[int]) -> bool:  # noqa: ARG002 for those who know the rest already
        """Whether what follows need not be worked out, now that call `index` has been."""
        return False

    def _computed(self, node: Node) -> tuple[Shape, ...] | Refusal | None:
        """The node's output shapes in this scenario, a refusal, or `None` if they cannot be known."""
        if any(v in self.scenario.unknown for v in node.inputs):
            return None
        inputs = self._entering(node)
        if isinstance(inputs, Refusal):
            return inputs
        if node.index in self._repair.replaced:
            other: tuple[Shape, ...] | Refusal = self._repair.replaced[node.index](inputs)
            return other
        if node.opaque and inputs != tuple(self._graph.shapes[v] for v in node.inputs):
            self.scenario.crossed_opaque.add(node.index)
            return None
        computed = self._graph.forward(node, inputs, self._repair.configs.get(node.index, node.config))
        if computed is None:
            self.scenario.crossed_opaque.add(node.index)
        if isinstance(computed, Refusal) and node.doubtful and node is not self._graph.refused:
            return None
        return computed

    def _entering(self, node: Node) -> tuple[Shape, ...] | Refusal:
        """What enters the node in this scenario."""
        inputs = self._graph.inputs_of(node, self.scenario)
        insert = self._repair.inserted.get(node.index)
        given: tuple[Shape, ...] | Refusal = inputs if insert is None else insert(inputs)
        return given

    def _placed(self, node: Node, computed: tuple[Shape, ...] | Refusal | None) -> list[int]:
        """Puts the outputs into the scenario; the values that differ from what was observed."""
        if computed is None:
            return self._lost(node)
        if isinstance(computed, Refusal):
            return self._refused(node, computed)
        if node is self._graph.refused and not node.outputs:
            self.scenario.shapes.update(refused_values(node.index, computed))
            return []
        if len(computed) != len(node.outputs):
            return self._restructured(node, computed)
        return self._set(node, computed)

    def _set(self, node: Node, computed: tuple[Shape, ...]) -> list[int]:
        changed = []
        given = [*zip(node.outputs, computed, strict=False), *self._inside(node)]
        for value, shape in given:
            if value not in self._repair.values and shape != self._graph.shapes[value]:
                self.scenario.shapes[value] = shape
                changed.append(value)
                if value in self._graph.unfollowed:
                    self.scenario.crossed_opaque.add(node.index)
        return changed

    def _inside(self, node: Node) -> Iterator[tuple[int, Shape]]:
        """What the layers inside a wrapper give in this scenario, if they were seen."""
        inputs = self._entering(node) if node.inside else ()
        if not isinstance(node.rule, Wrapper) or isinstance(inputs, Refusal) or node.index in self._repair.replaced:
            return
        config = self._repair.configs.get(node.index, node.config)
        for outputs, depth in node.inside.values():
            computed = within(node.rule, config, inputs, depth)
            if isinstance(computed, tuple):
                yield from zip(outputs, computed, strict=False)

    def _restructured(self, node: Node, computed: tuple[Shape, ...]) -> list[int]:
        """Fewer outputs than before, which only those can take who took all of them together; more for nobody."""
        consumers = {c for v in node.outputs for c in self._graph.consumers.get(v, ())}
        if len(computed) > len(node.outputs) and not consumers:
            self.scenario.shapes.update(more_values(node.index, len(node.outputs), computed))
            return self._set(node, computed)
        if len(computed) > len(node.outputs) or any(
            not set(node.outputs) <= set(self._graph.nodes[c].inputs) for c in consumers
        ):
            return self._refused(node, Refusal("another number of outputs"))
        kept = len(computed)
        self.scenario.removed_outputs.update(node.outputs[kept:])
        self._set(node, computed)
        return list(node.outputs[:kept])

    def _refused(self, node: Node, refusal: Refusal) -> list[int]:
        self.scenario.refusal = self.scenario.last_refusal = (node.index, refusal)
        return []

    def _lost(self, node: Node) -> list[int]:
        outputs = (*node.outputs, *(v for inner, _ in node.inside.values() for v in inner))
        new = [v for v in outputs if v not in self.scenario.unknown]
        self.scenario.unknown.update(new)
        return new


def propagate(graph: Graph, patch: Patch, *, stops: bool = True) -> Scenario:
    """The scenario after a change, on top of what is repaired in the graph.

    It ends at a call that Keras would refuse; without `stops` only what depends on that call is unknown.
    """
    return Propagation(graph, graph.repaired.merged(patch), stops=stops).run()


def with_repairs(graph: Graph, patch: Patch) -> Graph:
    """The graph in which these changes are made already, while the next fault is sought."""
    return graph.after(patch, Propagation(graph, patch, stops=False).run())
