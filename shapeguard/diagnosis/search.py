"""Looks for the smallest changes that meet every goal: formulas propose here, Keras judges later."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shapeguard.diagnosis.argument_values import value_of
from shapeguard.diagnosis.keras_fallback import OperationRule
from shapeguard.diagnosis.layer_groups import LayerGroups, keras_1_positional
from shapeguard.diagnosis.proposers.applications import application_calls, application_candidates
from shapeguard.diagnosis.proposers.arguments import single_changes
from shapeguard.diagnosis.proposers.joint_changes import filled_targets, mirrored_decoders, parallel_branches
from shapeguard.diagnosis.proposers.missing_layers import absent_layers, like_siblings
from shapeguard.diagnosis.proposers.reshapes import propose_reshapes
from shapeguard.diagnosis.proposers.structure import structural_candidates
from shapeguard.diagnosis.repairs import ChangeArguments, Evaluated, is_guessed
from shapeguard.diagnosis.required_outputs import required_outputs
from shapeguard.diagnosis.scoring.scorer import scored
from shapeguard.layers import Role, arguments_with, role_of
from shapeguard.source.value_equality import same_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from shapeguard.diagnosis.constraints import Constraint, Constraints
    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.diagnosis.proposers.inputs import Inputs
    from shapeguard.diagnosis.proposers.missing_layers import MissingLayer
    from shapeguard.diagnosis.repairs import Repair
    from shapeguard.layers import Change
    from shapeguard.records.network import Call, Shape

BUDGET = 150_000
"""Calls worked out by formulas before a search ends: the same on any machine, 1.5 s where one takes 10 us."""
PER_CANDIDATE = 4
"""What it costs to think of a candidate, in such calls."""
WISHES = 24
NEAREST = 24
"""Nodes before the fault behind which a layer like its siblings is tried."""
GUESSES = 2
"""Layers of some size that may be missing, told beside a change without one: more of them are noise."""


@dataclass(slots=True)
class SearchBudget:
    """What a search costs, counted and not timed, and whether the budget ended it."""

    graph: Graph
    budget: int = BUDGET
    candidates: int = 0
    partial: bool = False
    families: dict[str, int] = field(default_factory=dict)

    @property
    def spent(self) -> int:
        """Calls worked out so far, with those that the candidates stand for."""
        return self.graph.steps + PER_CANDIDATE * self.candidates

    @property
    def is_spent(self) -> bool:
        """Whether nothing is left to spend, and something was still wanted."""
        self.partial = self.partial or self.spent >= self.budget
        return self.partial

    def spend(self, family: str) -> bool:
        """Counts one candidate; false where there is nothing left to spend."""
        if self.is_spent:
            return False
        self.candidates += 1
        self.families[family] = self.families.get(family, 0) + 1
        return True


class Search:
    """One search over a graph: `solve` finds the candidates that meet the goals it is given."""

    def __init__(
        self,
        graph: Graph,
        constraints: Constraints,
        inputs: Inputs,
        budget: SearchBudget,
        absent: tuple[MissingLayer, ...] = (),
    ) -> None:
        self.graph = graph
        self.constraints = constraints
        self.inputs = inputs
        self.budget = budget
        self.absent = absent
        self.siblings = LayerGroups(graph)
        self._known_alike: dict[tuple[object, ...], tuple[tuple[int, ...], tuple[int, ...]]] = {}
        self._proposed: set[tuple[object, ...]] = set()
        self._known_wishes: dict[int, list[Shape]] = {}
        self._alike_in = graph.settled
        made = [node.construction for node in graph.nodes.values() if not node.is_input]
        self._some_direct = any(m is not None and not m.indirect for m in made)

    def suspects(self, violated: Iterable[Constraint], *, past_crash: bool = False) -> list[Node]:
        """The user's nodes that all violated goals and the crash depend on, nearest to the first fault first."""
        return [node for node in self._common(violated, past_crash=past_crash) if not self._is_library(node.index)]

    def _common(self, violated: Iterable[Constraint], *, past_crash: bool = False) -> list[Node]:
        sets = [self.graph.nodes[n].upstream for constraint in violated for n in self._makers(constraint)]
        if self.graph.crashed is not None and not past_crash:
            sets.append(self.graph.nodes[self.graph.crashed].upstream)
        common = frozenset.intersection(*sets) if sets else frozenset()
        return [self.graph.nodes[i] for i in sorted(common, reverse=True)]

    def affected(self, violated: Iterable[Constraint]) -> list[Node]:
        """The nodes that any violated goal or the crash depends on."""
        union: set[int] = set()
        for constraint in violated:
            for n in self._makers(constraint):
                union |= self.graph.nodes[n].upstream
        if self.graph.crashed is not None:
            union |= self.graph.nodes[self.graph.crashed].upstream
        return [self.graph.nodes[i] for i in sorted(union, reverse=True) if not self._is_library(i)]

    def _is_library(self, index: int) -> bool:
        """Whether Keras made the layer itself, as inside `keras.applications`, while others are the user's own."""
        made = self.graph.nodes[index].construction
        return self._some_direct and made is not None and made.indirect and not self.graph.nodes[index].is_input

    def _makers(self, constraint: Constraint) -> list[int]:
        if constraint.call in self.graph.nodes:
            return [constraint.call]
        return [self.graph.producer[v] for v in constraint.values if v in self.graph.producer]

    def solve(
        self, violated: list[Constraint], ignore: tuple[Constraint, ...] = (), *, past_crash: bool = False
    ) -> list[Evaluated]:
        """Every candidate of one edit that meets all goals but the ignored, cheapest first.

        `past_crash`: what Keras refuses later does not count yet.
        """
        survivors: list[Evaluated] = []
        torn: list[Evaluated] = []
        self._begin()
        for repair in self._proposals(violated, ignore, past_crash=past_crash):
            if not self.budget.spend(repair.kind):
                break
            evaluated = self._evaluate(repair, ignore, past_crash=past_crash)
            if evaluated.satisfies:
                survivors.append(evaluated)
            elif evaluated.scenario.last_refusal is not None and len(repair.nodes) == 1:
                torn.append(evaluated)
        survivors = survivors or self._twins(torn, ignore, past_crash=past_crash)
        return self._ranked(survivors, violated)

    def _begin(self) -> None:
        """Forgets what the search before was about."""
        self._proposed.clear()
        self._known_wishes.clear()

    def _twins(self, torn: list[Evaluated], ignore: tuple[Constraint, ...], *, past_crash: bool) -> list[Evaluated]:
        """A change that tears two branches apart where they meet, made in a layer of the other branch too."""
        survivors: list[Evaluated] = []
        for evaluated in torn:
            refusal, repair = evaluated.scenario.last_refusal, evaluated.repair
            if refusal is None or not isinstance(repair, ChangeArguments) or repair.change.solved:
                continue
            for partner in self._across(repair, refusal[0]):
                if not self.budget.spend("twins"):
                    return survivors
                twin = ChangeArguments((*repair.nodes, partner), repair.change)
                survivors += self._surviving([twin], ignore, past_crash=past_crash)
        return survivors

    def _across(self, repair: ChangeArguments, meeting: int) -> list[int]:
        """Layers of the same class with the same value, in the other branches of the call where the branches meet."""
        own, change = self.graph.nodes[repair.nodes[0]], repair.change
        name = change.arguments[0][0]
        now = value_of(self.graph.config_of(own), change, name)
        found = []
        for index in self.siblings.of_class(own):
            other = self.graph.nodes[index]
            apart = index > own.index and own.index not in other.upstream
            meets = index in self.graph.nodes[meeting].upstream
            if apart and meets and same_value(value_of(self.graph.config_of(other), change, name), now):
                found.append(index)
        return found

    def solve_data(self) -> list[Evaluated]:
        """What makes the declared inputs and the data agree: another declaration, or other data."""
        survivors: list[Evaluated] = []
        for node, fed in self.inputs.conflicts():
            proposals: list[Repair] = [*self.inputs.candidates(node, ()), *self.inputs.transformations(node, fed)]
            survivors += self._surviving((c for c in proposals if self.budget.spend(c.kind)), ())
        return self._ranked(survivors, [])

    def solve_pairs(self, violated: list[Constraint], ignore: tuple[Constraint, ...] = ()) -> list[Evaluated]:
        """Candidates of two arguments of one layer, or of all layers of its span."""
        self._begin()
        suspects = self.suspects(violated)
        decoders = mirrored_decoders(suspects)
        survivors = self._surviving((c for c in decoders if self.budget.spend("pairs")), ignore)
        for node in suspects:
            if node.rule is None or isinstance(node.rule, OperationRule) or self.budget.is_spent:
                continue
            if role_of(node.call.layer_type) is Role.RESHAPE:
                wishes = self._wishes(node, violated, ignore)
                filled = filled_targets(self.graph, node, wishes)
                survivors += self._surviving((c for c in filled if self.budget.spend("pairs")), ignore)
            inputs = self.graph.inputs_of(node)
            wants = self._wants(node, violated, ignore)
            changes = {
                repr((c.inner, c.arguments)): c
                for w in (*wants, None)
                for c in node.rule.pairs(self.graph.config_of(node), inputs, w)
            }
            for change in changes.values():
                together = self._of_change(node, change)
                survivors += self._surviving((c for c in together if self.budget.spend("pairs")), ignore)
        return self._ranked(survivors, violated)

    def _ranked(self, survivors: list[Evaluated], violated: list[Constraint]) -> list[Evaluated]:
        ranked = sorted(scored(survivors, self.graph, self.siblings, violated), key=_order)
        if ranked and not is_guessed(ranked[0].repair):
            guessed = [each for each in ranked if is_guessed(each.repair)][GUESSES:]
            return [each for each in ranked if not any(each is other for other in guessed)]
        return ranked

    def _surviving(
        self, repairs: Iterable[Repair], ignore: tuple[Constraint, ...], *, past_crash: bool = False
    ) -> list[Evaluated]:
        evaluated = (self._evaluate(repair, ignore, past_crash=past_crash) for repair in repairs)
        return [each for each in evaluated if each.satisfies]

    def _evaluate(self, repair: Repair, ignore: tuple[Constraint, ...], *, past_crash: bool = False) -> Evaluated:
        scenario_cache = self.constraints.scenario_cache(ignore, stops=not past_crash)
        patch = repair.patch(self.graph)
        scenario = scenario_cache.scenario(patch)
        return Evaluated(repair, patch, scenario, scenario_cache.holds(scenario), repair.cost)

    def _proposals(
        self, violated: list[Constraint], ignore: tuple[Constraint, ...], *, past_crash: bool = False
    ) -> Iterator[Repair]:
        suspects = self.suspects(violated, past_crash=past_crash)
        for node in suspects:
            if node.is_input:
                wishes = self._wishes(node, violated, ignore)
                yield from self.inputs.candidates(node, wishes, self._leading(violated))
                continue
            wants = self._wants(node, violated, ignore) or self._clashing(node)
            for change in single_changes(self.graph, node, wants):
                yield from self._of_change(node, change)
        in_common = {node.index for node in suspects}
        for node in self.affected(violated):
            if node.index not in in_common and not node.is_input:
                yield from self._shared_only(node)
        common = {node.index for node in self._common(violated)}
        for call in application_calls(self.graph):
            if self.graph.producer.get(call.outputs[0]) in common:
                yield from application_candidates(self.graph, call, self._application_wishes(call, violated, ignore))
        yield from absent_layers(self.graph, suspects, self.absent)
        yield from structural_candidates(self.siblings, suspects, self.constraints.all)
        yield from like_siblings(self.siblings, self._wished(suspects[:NEAREST], violated, ignore))
        yield from parallel_branches(self.graph)
        yield from propose_reshapes(self.siblings)

    def _wished(
        self, suspects: list[Node], violated: list[Constraint], ignore: tuple[Constraint, ...]
    ) -> Iterator[tuple[Node, Shape]]:
        """Each node that gives one tensor and each shape that it might have given instead."""
        for node in suspects:
            if len(node.outputs) == 1:
                for shape in self._wishes(node, violated, ignore):
                    yield node, shape

    def _wishes(self, node: Node, violated: list[Constraint], ignore: tuple[Constraint, ...]) -> list[Shape]:
        """The outputs that are wished of a node, worked out once in a search."""
        if node.index not in self._known_wishes:
            self._known_wishes[node.index] = required_outputs(self.graph, self.constraints, node, violated, ignore)
        return self._known_wishes[node.index]

    def _leading(self, violated: list[Constraint]) -> list[int]:
        """The sizes that the violated goals expect on the axis behind the batch."""
        wishes = [
            wish for constraint in violated for wish in constraint.wishes(self.constraints.bindings_of(constraint))
        ]
        return list(dict.fromkeys(wish[1] for wish in wishes if len(wish) > 1 and wish[1] is not None))

    def _wants(self, node: Node, violated: list[Constraint], ignore: tuple[Constraint, ...]) -> list[tuple[Shape, ...]]:
        own: list[tuple[Shape, ...]] = [
            (wish,)
            for constraint in violated
            if node.index == constraint.call
            for wish in constraint.wishes(self.constraints.bindings_of(constraint))
        ]
        if own:
            return own
        wide = len(self.graph.nodes) > WISHES * 3 and not _unbounded(node) and not node.inside
        return [] if wide else [(shape,) for shape in self._wishes(node, violated, ignore)]

    def _application_wishes(
        self, call: Call, violated: list[Constraint], ignore: tuple[Constraint, ...]
    ) -> list[Shape]:
        maker = self.graph.nodes[self.graph.producer[call.outputs[0]]]
        return self._wishes(maker, violated, ignore)

    def _of_change(self, node: Node, change: Change) -> Iterator[Repair]:
        """The change in this layer alone, and in all layers of its source span."""
        span = self.siblings.of_span(node)
        first = self.graph.same_layer[id(node.call.operation)][0]
        yield from self._once((first,), change)
        yield from self._of_several(node, change, span)

    def _of_several(self, node: Node, change: Change, span: tuple[int, ...]) -> Iterator[Repair]:
        """The change in all layers that one line makes, that one variable shapes, or that are alike."""
        if len(span) > 1:
            yield from self._once(span, change)
        yield from self._of_variable(node, change, span)
        yield from self._of_class(node, change, span)

    def _once(self, nodes: tuple[int, ...], change: Change) -> Iterator[Repair]:
        """The change in these layers, unless it was proposed before: from each layer of a span comes the same."""
        key = (nodes, change.inner, repr(change.arguments), change.effort, change.solved)
        if key not in self._proposed:
            self._proposed.add(key)
            yield ChangeArguments(nodes, change)

    def _of_variable(self, node: Node, change: Change, span: tuple[int, ...]) -> Iterator[Repair]:
        """The change wherever the same variable was written; an order of axes wherever there are axes."""
        name = change.arguments[0][0]
        if len(change.arguments) > 1 or change.inner:
            return
        groups = self.siblings.of_variable(node, name)
        if name == "data_format":
            groups = (self.siblings.with_data_format(node.config.get(name)),)
        for group in groups:
            if len(group) > 1 and group[-1] == node.index and set(group) != set(span):
                yield from self._once(group, change)

    def _shared_only(self, node: Node) -> Iterator[Repair]:
        """A layer off the common way can be to blame only together with others."""
        for change in single_changes(self.graph, node, ()):
            yield from self._of_several(node, change, self.siblings.of_span(node))

    def _clashing(self, node: Node) -> list[tuple[Shape, ...]]:
        """The node's output as wide as what meets it where Keras refused, as wide as most of the others first."""
        if self.graph.crashed is None or len(node.outputs) != 1:
            return []
        observed = self.graph.outputs_of(node)[0]
        meeting = self.graph.inputs_of(self.graph.nodes[self.graph.crashed])
        widths = Counter(shape[-1] for shape in meeting if shape and len(shape) == len(observed))
        return [((*observed[:-1], width),) for width, _ in widths.most_common() if len(widths) > 1]

    def _alike(self, node: Node, change: Change, name: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """One call of each layer of this class whose argument has the node's value, and those of the Keras 1 form."""
        now = value_of(self.graph.config_of(node), change, name)
        key = (node.call.layer_type, change.inner, name, repr(now))
        if self._alike_in is not self.graph.settled:
            self._alike_in = self.graph.settled
            self._known_alike.clear()
        if key not in self._known_alike:
            alike = tuple(
                other
                for other in self.siblings.of_class(node)
                if same_value(value_of(self.graph.config_of(self.graph.nodes[other]), change, name), now)
            )
            of_class = self.siblings.of_class(node)
            of_keras_1 = [other for other in of_class if keras_1_positional(self.graph.nodes[other])]
            habitual = tuple(of_keras_1) if node.index in of_keras_1 and name == "strides" else ()
            self._known_alike[key] = (alike, habitual)
        return self._known_alike[key]

    def _of_class(self, node: Node, change: Change, span: tuple[int, ...]) -> Iterator[Repair]:
        """The same change in every layer of this class that has the same value: a habit, not a slip."""
        if change.solved or len(change.arguments) > 1:
            return
        alike, habitual = self._alike(node, change, change.arguments[0][0])
        for group in dict.fromkeys((alike, habitual)):
            if len(group) > 1 and group[-1] == node.index and set(group) != set(span):
                yield from self._once(group, change)


def _unbounded(node: Node) -> bool:
    """Whether the layer has an argument that no small grid holds."""
    names = getattr(node.rule, "arguments", ())
    return not arguments_with("unbounded").isdisjoint(names)


def _order(evaluated: Evaluated) -> tuple[float, int, str, str]:
    repair = evaluated.repair
    first = repair.nodes[0] if repair.nodes else -1
    return round(evaluated.score, 3), first, repair.argument, repr(repair.suggestion)
