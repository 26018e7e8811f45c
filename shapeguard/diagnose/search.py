"""Looks for the smallest changes that meet every goal: formulas propose here, Keras judges later."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shapeguard.diagnose.applications import application_calls, application_candidates
from shapeguard.diagnose.candidates import Candidate, Siblings, argument_candidate, same, single_changes, value_of
from shapeguard.diagnose.functions import OperationRule
from shapeguard.diagnose.ranking import cost_of
from shapeguard.diagnose.structure import structural_candidates
from shapeguard.diagnose.wishes import wished_outputs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from shapeguard.diagnose.goals import Goal, Goals
    from shapeguard.diagnose.graph import Graph, Node
    from shapeguard.diagnose.inputs import Inputs
    from shapeguard.diagnose.rules import Change
    from shapeguard.records import Call, Shape

CAP = 6000
WISHES = 24


@dataclass(slots=True)
class Tally:
    """How many candidates were evaluated, and whether the cap ended the search."""

    cap: int = CAP
    candidates: int = 0
    partial: bool = False
    families: dict[str, int] = field(default_factory=dict)

    def spend(self, family: str) -> bool:
        """Counts one candidate; false where there is nothing left to spend."""
        if self.candidates >= self.cap:
            self.partial = True
            return False
        self.candidates += 1
        self.families[family] = self.families.get(family, 0) + 1
        return True


class Search:
    """One search over a graph: `solve` finds the candidates that meet the goals it is given."""

    def __init__(self, graph: Graph, goals: Goals, inputs: Inputs, tally: Tally) -> None:
        self.graph = graph
        self.goals = goals
        self.inputs = inputs
        self.tally = tally
        self.siblings = Siblings(graph)
        made = [node.construction for node in graph.nodes.values() if not node.is_input]
        self._some_direct = any(m is not None and not m.indirect for m in made)

    def suspects(self, violated: Iterable[Goal]) -> list[Node]:
        """The user's nodes that all violated goals and the crash depend on, nearest to the first fault first."""
        return [node for node in self._common(violated) if not self._is_library(node.index)]

    def _common(self, violated: Iterable[Goal]) -> list[Node]:
        sets = [self.graph.nodes[n].upstream for goal in violated for n in self._makers(goal)]
        if self.graph.crashed is not None:
            sets.append(self.graph.nodes[self.graph.crashed].upstream)
        common = frozenset.intersection(*sets) if sets else frozenset()
        return [self.graph.nodes[i] for i in sorted(common, reverse=True)]

    def affected(self, violated: Iterable[Goal]) -> list[Node]:
        """The nodes that any violated goal or the crash depends on."""
        union: set[int] = set()
        for goal in violated:
            for n in self._makers(goal):
                union |= self.graph.nodes[n].upstream
        if self.graph.crashed is not None:
            union |= self.graph.nodes[self.graph.crashed].upstream
        return [self.graph.nodes[i] for i in sorted(union, reverse=True) if not self._is_library(i)]

    def _is_library(self, index: int) -> bool:
        """Whether Keras made the layer itself, as inside `keras.applications`, while others are the user's own."""
        made = self.graph.nodes[index].construction
        return self._some_direct and made is not None and made.indirect and not self.graph.nodes[index].is_input

    def _makers(self, goal: Goal) -> list[int]:
        if goal.call in self.graph.nodes:
            return [goal.call]
        return [self.graph.producer[v] for v in goal.values if v in self.graph.producer]

    def solve(self, violated: list[Goal], ignore: tuple[Goal, ...] = ()) -> list[Candidate]:
        """Every candidate of one edit that meets all goals but the ignored, cheapest first."""
        survivors = [
            candidate
            for candidate in self._proposals(violated, ignore)
            if self.tally.spend(candidate.kind) and self._survives(candidate, ignore)
        ]
        return self._ranked(survivors, violated)

    def solve_data(self) -> list[Candidate]:
        """What makes the declared inputs and the data agree: another declaration, or other data."""
        survivors = []
        for node, fed in self.inputs.conflicts():
            proposals = [*self.inputs.candidates(node, ()), *self.inputs.transformations(node, fed)]
            survivors += [c for c in proposals if self.tally.spend(c.kind) and self._survives(c, ())]
        return self._ranked(survivors, [])

    def solve_pairs(self, violated: list[Goal], ignore: tuple[Goal, ...] = ()) -> list[Candidate]:
        """Candidates of two arguments of one layer, or of all layers of its span."""
        survivors = []
        for node in self.suspects(violated):
            if node.rule is None or isinstance(node.rule, OperationRule):
                continue
            inputs = self.graph.inputs_of(node)
            wants = self._wants(node, violated, ignore)
            changes = {repr((c.inner, c.arguments)): c for w in (*wants, None) for c in node.rule.pairs(node.config, inputs, w)}
            for change in changes.values():
                for candidate in self._of_change(node, change):
                    if self.tally.spend("pairs") and self._survives(candidate, ignore):
                        survivors.append(candidate)
        return self._ranked(survivors, violated)

    def _ranked(self, survivors: list[Candidate], violated: list[Goal]) -> list[Candidate]:
        for candidate in survivors:
            candidate.cost = cost_of(candidate, self.graph, self.siblings, self.inputs, violated)
        return sorted(survivors, key=lambda c: (round(c.cost, 3), c.nodes[0] if c.nodes else -1, c.argument, repr(c.suggestion)))

    def _survives(self, candidate: Candidate, ignore: tuple[Goal, ...]) -> bool:
        world = self.graph.propagate(candidate.configs, candidate.values, candidate.inserted)
        candidate.world = world
        return world.refusal is None and self.goals.met(world, ignore)

    def _proposals(self, violated: list[Goal], ignore: tuple[Goal, ...]) -> Iterator[Candidate]:
        suspects = self.suspects(violated)
        for node in suspects:
            if node.is_input:
                yield from self.inputs.candidates(node, wished_outputs(self.graph, self.goals, node, violated, ignore))
                continue
            for change in single_changes(self.graph, node, self._wants(node, violated, ignore)):
                yield from self._of_change(node, change)
        in_common = {node.index for node in suspects}
        for node in self.affected(violated):
            if node.index not in in_common and not node.is_input:
                yield from self._shared_only(node)
        common = {node.index for node in self._common(violated)}
        for call in application_calls(self.graph):
            if self.graph.producer.get(call.outputs[0]) in common:
                yield from application_candidates(self.graph, call, self._application_wishes(call, violated, ignore))
        yield from structural_candidates(self.graph, suspects, self.goals.all)

    def _wants(self, node: Node, violated: list[Goal], ignore: tuple[Goal, ...]) -> list[tuple[tuple[int | None, ...], ...]]:
        own = [(wish,) for goal in violated if node.index == goal.call for wish in goal.wishes(self.goals.bindings)]
        if own:
            return own
        wide = len(self.graph.nodes) > WISHES * 3 and not _unbounded(node)
        return [] if wide else [(shape,) for shape in wished_outputs(self.graph, self.goals, node, violated, ignore)]

    def _application_wishes(self, call: Call, violated: list[Goal], ignore: tuple[Goal, ...]) -> list[Shape]:
        maker = self.graph.nodes[self.graph.producer[call.outputs[0]]]
        return wished_outputs(self.graph, self.goals, maker, violated, ignore)

    def _of_change(self, node: Node, change: Change) -> Iterator[Candidate]:
        """The change in this layer alone, and in all layers of its source span."""
        span = self.siblings.of_span(node)
        first = self.graph.same_layer[id(node.call.operation)][0]
        yield argument_candidate(self.graph, (first,), change, span)
        if len(span) > 1:
            yield argument_candidate(self.graph, span, change, span)
        yield from self._of_class(node, change, span)

    def _shared_only(self, node: Node) -> Iterator[Candidate]:
        """A layer off the common way can be to blame only together with others."""
        for change in single_changes(self.graph, node, ()):
            span = self.siblings.of_span(node)
            if len(span) > 1:
                yield argument_candidate(self.graph, span, change, span)
            yield from self._of_class(node, change, span)

    def _of_class(self, node: Node, change: Change, span: tuple[int, ...]) -> Iterator[Candidate]:
        """The same change in every layer of this class that has the same value: a habit, not a slip."""
        name = change.arguments[0][0]
        if change.solved or len(change.arguments) > 1:
            return
        now = value_of(node.config, change, name)
        alike = tuple(
            other
            for other in self.siblings.of_class(node)
            if same(value_of(self.graph.nodes[other].config, change, name), now)
        )
        if len(alike) > 1 and set(alike) != set(span) and alike[-1] == node.index:
            yield argument_candidate(self.graph, alike, change, alike)
        habitual = tuple(other for other in alike if _keras_1_positional(self.graph.nodes[other]))
        if len(habitual) > 1 and habitual != alike and set(habitual) != set(span) and habitual[-1] == node.index:
            yield argument_candidate(self.graph, habitual, change, habitual)


def _unbounded(node: Node) -> bool:
    """Whether the layer has an argument that no small grid holds."""
    names = getattr(node.rule, "arguments", ())
    return any(name in names for name in ("units", "filters", "target_shape", "padding", "cropping", "n", "output_dim"))


def _keras_1_positional(node: Node) -> bool:
    """Whether a convolution was written as `Conv2D(32, 3, 3)`: the third positional integer equals the second."""
    made = node.construction
    if made is None:
        return False
    by_position = {a.position: a for a in made.arguments if a.position is not None}
    second, third = by_position.get(1), by_position.get(2)
    return (
        second is not None
        and third is not None
        and (second.name, third.name) == ("kernel_size", "strides")
        and isinstance(third.value, int)
        and second.value == third.value
        and third.value > 1
    )
