"""From a pass that is not as expected to diagnoses: search, confidence, proof, and the other faults."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.diagnose import doubts, words
from shapeguard.diagnose.blames import also, one_per_blame, one_per_place
from shapeguard.diagnose.causes import cause_of
from shapeguard.diagnose.goals import Goal, Goals, goals_of, goals_of_feed
from shapeguard.diagnose.graph import Graph
from shapeguard.diagnose.inputs import Inputs
from shapeguard.diagnose.plausibility import proves_nothing
from shapeguard.diagnose.problem import Findings, Problem
from shapeguard.diagnose.propagation import Repair
from shapeguard.diagnose.ranking import MARGIN
from shapeguard.diagnose.search import Search, Tally
from shapeguard.diagnose.targets import cause_of_targets
from shapeguard.diagnose.verification import verify
from shapeguard.records import Diagnosis
from shapeguard.records import Search as SearchRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from shapeguard.diagnose.candidates import Candidate
    from shapeguard.diagnose.graph import Node
    from shapeguard.records import Cause, Shape

SHOWN = 5
TYPO = 1.2
"""Above this cost a wrong annotation is likelier than the change: measured by tests/benchmarks/mutants.py."""
KERNEL = 0.8
ON_TWO_AXES = 0.8
FAR_BEHIND = 1.5
CALLS = 1000
"""Layers that Keras calls in proofs, 1 to 4 ms each: behind the first proof no more than this in all."""
GUESS = 0.5
"""Above this cost a layer of guessed size takes nothing from what is named first: it is only told."""
TARGETS = 0.6
"""How far-fetched it is that the targets have another form than the loss takes."""
FAR_FETCHED = 1.5
"""Above this cost of a single change, two arguments that are wrong together are looked for as well."""


def diagnose(problem: Problem) -> Findings:
    """The causes of everything that is wrong in a pass, each fault once, consequences suppressed."""
    with _uncollected():
        return _found(problem)


def _found(problem: Problem) -> Findings:
    engine = _Engine(problem)
    try:
        return engine.findings()
    finally:
        engine.goals.forget()


@contextmanager
def _uncollected() -> Iterator[None]:
    """Rests the garbage collector: what a search makes lives until its end, and it would go through all of Keras."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class _Engine:
    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.graph = Graph(problem.network, problem.construction_of, asks_functions=problem.rerun is not None)
        if problem.failure is not None:
            self.graph.doubt()
        feed = problem.feed
        goals: list[Goal] = goals_of(self.graph, problem.targets)
        if feed is not None and problem.network.complete:
            goals += goals_of_feed(self.graph, feed.targets, feed.loss, raised=problem.failure is not None)
        self.goals = Goals(self.graph, goals)
        self.inputs = Inputs.of(self.graph, feed)
        self.tally = Tally(self.graph)
        self.search = Search(self.graph, self.goals, self.inputs, self.tally, problem.absent)
        self.verified = 0
        self.calls = 0

    def findings(self) -> Findings:
        diagnoses: list[Diagnosis] = []
        remaining = sorted(self._violated(), key=lambda g: (g.target is None, g.call))
        if remaining or self.graph.crashed is not None:
            diagnoses = self._faults(remaining)
        elif problem_of_data := self.inputs.conflicts():
            diagnoses = [self._of_data(problem_of_data[0][0])] if self.problem.failure is not None else []
        batch = doubts.of_batch(self.problem)
        if batch is not None:
            diagnoses.append(batch)
        record = SearchRecord(
            "partial" if self.tally.partial else "complete",
            self.tally.candidates,
            self.verified,
            dict(self.tally.families),
        )
        configs = {index: node.config for index, node in self.graph.nodes.items() if node.config}
        return Findings(tuple(diagnoses), record, configs)

    def _violated(self) -> list[Goal]:
        """The goals that do not hold, and those that only do apart from the others: a comparison's word counts."""
        # A batch size is told by `doubts.of_batch`.
        told = {id(m.target) for m in self.problem.mismatches if (m.kind, m.axes) != ("size", (0,))}
        violated = {id(g) for g in self.goals.violated}
        return [g for g in self.goals.all if id(g) in violated or (g.target is not None and id(g.target) in told)]

    def _faults(self, violated: list[Goal]) -> list[Diagnosis]:
        found = self._solved(violated, ())
        if found:
            return [self._diagnosis(violated, violated[1:], found)]
        inferred = tuple(goal for goal in self.goals.all if goal.target is None)
        own = [goal for goal in violated if goal.target is not None]
        if inferred and (own or self.graph.crashed is not None):
            found = self._solved(own, inferred)
            if found:
                return [self._diagnosis(own, own[1:], found, inferred)]
        return self._several(violated) if len(violated) > 1 else [self._unsolved(violated, ())]

    def _of_data(self, node: Node) -> Diagnosis:
        """The data is not what the model's input declares."""
        chosen = self._judged(one_per_blame(self.search.solve_data()), ())
        sure = self._is_sure(chosen)
        causes = tuple(
            cause_of(self.problem, self.search, candidate, sure=sure and rank == 0, also=())
            for rank, candidate in enumerate(chosen[:SHOWN])
        )
        return words.diagnosis_of_data(self.problem, self.graph, node, self.inputs.fed[node.outputs[0]], causes)

    def _solved(self, violated: list[Goal], ignore: tuple[Goal, ...]) -> list[Candidate]:
        found = self.search.solve(violated, ignore)
        if found and found[0].cost <= FAR_FETCHED:
            return found
        return sorted([*found, *self.search.solve_pairs(violated, ignore)], key=lambda candidate: candidate.cost)

    def _several(self, violated: list[Goal]) -> list[Diagnosis]:
        """No single edit does: the first fault is repaired, then what is still wrong, until all holds.

        Repairs of one argument in several layers are one cause; others are faults of their own.
        """
        steps = self._steps(violated)
        repaired = [found[0] for _, _, found in steps if found]
        together = self._together(repaired) if len(repaired) == len(steps) else None
        self.graph.settle(Repair())
        if together is not None:
            return [self._diagnosis(violated, violated[1:], [together])]
        diagnoses = []
        for step, (first, dependent, found) in enumerate(steps):
            others = tuple(g for g in violated if g is not first and g not in dependent)
            earlier = tuple(found[0] for _, _, found in steps[:step] if found)
            told = (
                self._diagnosis([first], dependent, found, others, earlier)
                if found
                else self._unsolved([first], dependent)
            )
            diagnoses.append(told)
        return diagnoses

    def _steps(self, violated: list[Goal]) -> list[tuple[Goal, list[Goal], list[Candidate]]]:
        """One fault after the other: the goal it is told by, what vanishes with it, and what repairs it."""
        steps: list[tuple[Goal, list[Goal], list[Candidate]]] = []
        rest = list(violated)
        while rest:
            first, told = rest[0], _told(steps)
            dependent, independent = self._consequences(first, rest[1:])
            later = tuple(independent)
            crash = self.graph.crashed is not None
            found = self.search.solve([first, *dependent], later, past_crash=crash) or self.search.solve(
                [first], tuple(rest[1:]), past_crash=crash
            )
            steps.append((first, dependent, found))
            if found:
                self.graph.settle(self.graph.settled.with_(found[0]))
                rest = [g for g in rest[1:] if not self.goals.holds(g, self.graph.base)]
                vanished = [g for g in violated if g is not first and g not in rest and g not in told]
                steps[-1] = (first, vanished, found)
            else:
                self._assume(first)
                rest = independent
        return steps

    def _together(self, parts: list[Candidate]) -> Candidate | None:
        """The parts as one candidate, where they change one argument of one class and everything holds then."""
        first = parts[0]
        kinds = {
            (part.argument, self.graph.nodes[part.nodes[0]].call.layer_type if part.nodes else "", part.kind)
            for part in parts
        }
        if len(parts) < 2 or len(kinds) > 1 or first.change is None:
            return None
        world = self.graph.propagate()
        if world.refusal is not None or not self.goals.met(world):
            return None
        first.more, first.world = tuple(parts[1:]), world
        return first

    def _assume(self, goal: Goal) -> None:
        shape = self._as_wished(goal)
        if shape is not None:
            self.graph.settle(self.graph.settled.with_(Repair(values={goal.values[0]: shape})))

    def _as_wished(self, goal: Goal) -> Shape | None:
        """The shape of the goal's value with every size that is expected of it; `None` where that is open."""
        wishes = goal.wishes(self.goals.bindings_of(goal))
        if not wishes or not goal.values or goal.values[0] < 0:
            return None
        observed, wish = self.graph.shapes.get(goal.values[0], ()), wishes[0]
        if len(wish) != len(observed):
            return wish
        return tuple(o if w is None else w for w, o in zip(wish, observed, strict=True))

    def _consequences(self, first: Goal, others: list[Goal]) -> tuple[list[Goal], list[Goal]]:
        """Which other violated goals vanish when `first` is given its expected shape, and which stay."""
        shape = self._as_wished(first)
        if shape is None:
            behind = [g for g in others if first.call in self._upstream(g)]
            return behind, [g for g in others if g not in behind]
        world = self.graph.propagate(values={first.values[0]: shape})
        dependent = [g for g in others if world.refusal is None and self.goals.holds(g, world)]
        return dependent, [g for g in others if g not in dependent]

    def _upstream(self, goal: Goal) -> frozenset[int]:
        node = self.graph.nodes.get(goal.call)
        return node.upstream if node is not None else frozenset()

    def _diagnosis(
        self,
        violated: list[Goal],
        consequences: Iterable[Goal],
        found: list[Candidate],
        ignore: tuple[Goal, ...] = (),
        earlier: tuple[Candidate, ...] = (),
    ) -> Diagnosis:
        chosen = self._proven_first(one_per_place(self._judged(one_per_blame(found), ignore, earlier)))
        sure = self._is_sure(chosen)
        if sure:
            chosen = [c for c in chosen if c.cost < chosen[0].cost + FAR_BEHIND]
        causes = tuple(
            cause_of(self.problem, self.search, candidate, sure=sure and rank == 0, also=also(candidate, found))
            for rank, candidate in enumerate(chosen)
        )
        own = violated[0].call if violated else None
        names = tuple(dict.fromkeys(goal.layer for goal in consequences if goal.call != own))
        if found and not causes and not self.problem.failure:
            return self._unsolved(violated, consequences)
        causes = self._with_targets(violated, chosen, causes)
        told = words.diagnosis(self.problem, self.graph, violated, names, causes, self.tally)
        if not ignore and not earlier and len(violated) == 1 and chosen and _is_far_fetched(chosen[0], told.axes):
            told = self._or_typo(violated[0], told)
        return replace(told, advice=words.advice(self.graph, self.goals, chosen) if not sure else "")

    def _proven_first(self, chosen: list[Candidate]) -> list[Candidate]:
        """Where Keras refused, a layer of guessed sizes that always fits comes behind what was proven."""
        if self.graph.crashed is None or not any(candidate.verified for candidate in chosen):
            return chosen
        return sorted(chosen, key=lambda candidate: candidate.is_guessed and candidate.cost > 0)

    def _with_targets(
        self, violated: list[Goal], chosen: list[Candidate], causes: tuple[Cause, ...]
    ) -> tuple[Cause, ...]:
        """The causes, and the targets among them where another loss takes them; before changes that are far-fetched."""
        other = cause_of_targets(self.problem, self.graph, violated[0]) if violated else None
        if other is None:
            return causes
        if chosen and chosen[0].cost < TARGETS:
            return (*causes[: SHOWN - 1], other)
        return (other, *(replace(cause, confidence="possible") for cause in causes[: SHOWN - 1]))

    def _or_typo(self, goal: Goal, told: Diagnosis) -> Diagnosis:
        """One annotation that alone disagrees, and only far-fetched changes of the program would meet it."""
        doubt = doubts.of_annotation(self.graph, self.goals, goal)
        if doubt is None or self.problem.failure is not None or self.graph.crashed is not None:
            return told
        rest = tuple(replace(cause, confidence="possible") for cause in told.causes)
        return replace(told, code="SG501", causes=(replace(doubt, confidence="possible"), *rest)[:SHOWN])

    def _unsolved(self, violated: list[Goal], consequences: Iterable[Goal]) -> Diagnosis:
        """No change of the program helps: a symbol with two sizes, an annotation that is wrong, or no cause."""
        if violated:
            turned = self._turned(violated[0])
            if turned is not None:
                return turned
            of_symbol = doubts.of_symbol(self.problem, self.goals, violated[0])
            if of_symbol is not None:
                return of_symbol
        told = self._diagnosis(violated, consequences, [])
        if told.layer_type == "Input":
            return replace(told, code="SG301", tried="")
        doubt = doubts.of_annotation(self.graph, self.goals, violated[0]) if violated else None
        if doubt is None or self.problem.failure is not None:
            return told
        return replace(told, code="SG501", causes=(doubt,), tried="", trail="")

    def _turned(self, first: Goal) -> Diagnosis | None:
        """The others as what is wrong, where the odd place comes before them: what they have follows from it."""
        behind = [g for g in self.goals.all if g is not first and first.call in self._upstream(g)]
        if self.graph.crashed is not None or not first.symbolic or not any(g.symbolic for g in behind):
            return None
        most = self.goals
        self._take(Goals(self.graph, most.all, first))
        violated = [g for g in behind if g.specs and self.goals.disagrees(g)]
        others = [g for g in self.goals.violated if g not in violated]
        found = self._solved(violated, ()) if violated and not others else []
        told = self._diagnosis(violated, violated[1:], found) if found else None
        if told is not None and told.causes:
            return replace(told, notes=(*told.notes, doubts.told_by(self.problem, self.goals, first)))
        self._take(Goals(self.graph, most.all))
        return None

    def _take(self, goals: Goals) -> None:
        self.goals = goals
        self.search = Search(self.graph, goals, self.inputs, self.tally, self.problem.absent)

    def _judged(
        self, candidates: list[Candidate], ignore: tuple[Goal, ...], earlier: tuple[Candidate, ...] = ()
    ) -> list[Candidate]:
        """The first few that Keras does not refuse, each marked with what Keras said of it."""
        kept: list[Candidate] = []
        for candidate in candidates[: SHOWN + 3]:
            if kept and candidate.cost >= kept[0].cost + FAR_BEHIND and self._is_sure([*kept, candidate]):
                break  # it would not be told
            verdict = self._asked_of_keras(candidate, ignore, earlier)
            if verdict is False:
                continue
            candidate.builds = verdict is True
            candidate.verified = (
                candidate.builds and not candidate.is_guessed and not ignore and self._may_promise(candidate)
            )
            self.verified += candidate.verified
            kept.append(candidate)
            if len(kept) == SHOWN:
                break
        return kept

    def _asked_of_keras(
        self, candidate: Candidate, ignore: tuple[Goal, ...], earlier: tuple[Candidate, ...]
    ) -> bool | None:
        """What Keras says; `None`, too, where it would have to call more layers than a diagnosis may take."""
        calls = len(candidate.world.shapes) if candidate.world is not None else 0
        if self.calls and self.calls + calls > CALLS:
            return None
        self.calls += calls
        return verify(self.graph, self.goals, candidate, self.problem.rerun, ignore, earlier)

    def _may_promise(self, candidate: Candidate) -> bool:
        """Whether everything that was expected could be checked, and the data fits what takes it.

        Where building stopped, what follows is not known.
        """
        open_ = [node for node, _ in self.inputs.conflicts() if node.outputs[0] not in candidate.values]
        if (open_ and candidate.kind != "data") or self._parts_at_merge(candidate):
            return False
        network = self.problem.network
        all_reached = bool(self.goals.all) and not self.problem.missing and all(g.values for g in self.goals.all)
        return network.complete or (all_reached and not network.open_end)

    def _parts_at_merge(self, candidate: Candidate) -> bool:
        """Whether a layer is put in before several others, of which one takes several tensors: which, no line says."""
        several = len(candidate.nodes) > 1 and candidate.argument == "insert_before"
        return several and any(len(self.graph.nodes[index].inputs) > 1 for index in candidate.nodes)

    def _is_sure(self, chosen: list[Candidate]) -> bool:
        if not chosen or chosen[0].argument == "":
            return False
        if not chosen[0].verified and proves_nothing(chosen[0], self.graph):
            return False
        if chosen[0].is_guessed and chosen[0].cost > 0:  # nothing but its absence speaks for the layer
            return False
        rivals = [
            candidate
            for candidate in chosen[1:]
            if not candidate.is_beside(chosen[0]) and not (candidate.is_guessed and candidate.cost > GUESS)
        ]
        return not rivals or rivals[0].cost - chosen[0].cost >= MARGIN


def _is_far_fetched(candidate: Candidate, axes: tuple[int, ...]) -> bool:
    """Whether a wrong annotation is likelier; a kernel size is seldom at fault, but no stranger than others then.

    Nobody mistypes the same size on two axes: a change that explains both is believed further.
    """
    kernel = KERNEL if candidate.argument == "kernel_size" else 0.0
    return candidate.cost > TYPO + kernel + (ON_TWO_AXES if len(axes) > 1 else 0.0)


def _told(steps: list[tuple[Goal, list[Goal], list[Candidate]]]) -> list[Goal]:
    return [goal for first, dependent, _ in steps for goal in (first, *dependent)]
