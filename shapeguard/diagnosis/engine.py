"""From a pass that is not as expected to diagnoses: search, confidence, proof, and the other faults."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.diagnosis import diagnosis_text
from shapeguard.diagnosis.causes import cause_of
from shapeguard.diagnosis.constraints import Constraint, Constraints, goals_of, goals_of_feed
from shapeguard.diagnosis.deduplication import alternatives, deduplicate, one_per_place
from shapeguard.diagnosis.graph import Graph
from shapeguard.diagnosis.problem import Findings, Problem
from shapeguard.diagnosis.proposers import wrong_expectations
from shapeguard.diagnosis.proposers.inputs import Inputs
from shapeguard.diagnosis.proposers.losses import cause_of_targets
from shapeguard.diagnosis.repairs import (
    ChangeApplication,
    ChangeArguments,
    Evaluated,
    Insert,
    Joint,
    Verdict,
    is_beside,
    is_guessed,
    lead_of,
)
from shapeguard.diagnosis.scoring import weights
from shapeguard.diagnosis.scoring.evidence import proves_nothing
from shapeguard.diagnosis.search import Search, SearchBudget
from shapeguard.diagnosis.verification import verify
from shapeguard.diagnosis.what_if import Patch
from shapeguard.records.findings import Diagnosis
from shapeguard.records.findings import Search as SearchRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from shapeguard.diagnosis.graph import Node
    from shapeguard.diagnosis.repairs import Repair
    from shapeguard.records.findings import Cause
    from shapeguard.records.network import Shape

SHOWN = 5
CALLS = 1000
"""Layers that Keras calls in proofs, 1 to 4 ms each: behind the first proof no more than this in all."""


def diagnose(problem: Problem) -> Findings:
    """The causes of everything that is wrong in a pass, each fault once, consequences suppressed."""
    with _uncollected():
        return _found(problem)


def _found(problem: Problem) -> Findings:
    engine = _Engine(problem)
    try:
        return engine.findings()
    finally:
        engine.constraints.forget()


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
        constraints: list[Constraint] = goals_of(self.graph, problem.targets)
        if feed is not None and problem.network.complete:
            constraints += goals_of_feed(self.graph, feed.targets, feed.loss, raised=problem.failure is not None)
        self.constraints = Constraints(self.graph, constraints)
        self.inputs = Inputs.of(self.graph, feed)
        self.budget = SearchBudget(self.graph)
        self.search = Search(self.graph, self.constraints, self.inputs, self.budget, problem.absent)
        self.verified = 0
        self.calls = 0

    def findings(self) -> Findings:
        diagnoses: list[Diagnosis] = []
        remaining = sorted(self._violated(), key=lambda g: (g.target is None, g.call))
        if remaining or self.graph.crashed is not None:
            diagnoses = self._faults(remaining)
        elif problem_of_data := self.inputs.conflicts():
            diagnoses = [self._of_data(problem_of_data[0][0])] if self.problem.failure is not None else []
        batch = wrong_expectations.of_batch(self.problem)
        if batch is not None:
            diagnoses.append(batch)
        record = SearchRecord(
            "partial" if self.budget.partial else "complete",
            self.budget.candidates,
            self.verified,
            dict(self.budget.families),
        )
        configs = {index: node.config for index, node in self.graph.nodes.items() if node.config}
        return Findings(tuple(diagnoses), record, configs)

    def _violated(self) -> list[Constraint]:
        """The goals that do not hold, and those that only do apart from the others: a comparison's word counts."""
        # A batch size is told by `doubts.of_batch`.
        told = {id(m.target) for m in self.problem.mismatches if (m.kind, m.axes) != ("size", (0,))}
        violated = {id(g) for g in self.constraints.violated}
        return [g for g in self.constraints.all if id(g) in violated or (g.target is not None and id(g.target) in told)]

    def _faults(self, violated: list[Constraint]) -> list[Diagnosis]:
        found = self._solved(violated, ())
        if found:
            return [self._diagnosis(violated, violated[1:], found)]
        inferred = tuple(constraint for constraint in self.constraints.all if constraint.target is None)
        own = [constraint for constraint in violated if constraint.target is not None]
        if inferred and (own or self.graph.crashed is not None):
            found = self._solved(own, inferred)
            if found:
                return [self._diagnosis(own, own[1:], found, inferred)]
        return self._several(violated) if len(violated) > 1 else [self._unsolved(violated, ())]

    def _of_data(self, node: Node) -> Diagnosis:
        """The data is not what the model's input declares."""
        chosen = self._verified_first(deduplicate(self.search.solve_data()), ())
        sure = self._is_sure(chosen)
        causes = tuple(
            cause_of(self.problem, self.search, candidate, sure=sure and rank == 0, also=())
            for rank, candidate in enumerate(chosen[:SHOWN])
        )
        return diagnosis_text.diagnosis_of_data(
            self.problem, self.graph, node, self.inputs.fed[node.outputs[0]], causes
        )

    def _solved(self, violated: list[Constraint], ignore: tuple[Constraint, ...]) -> list[Evaluated]:
        found = self.search.solve(violated, ignore)
        if found and found[0].score <= weights.FAR_FETCHED:
            return found
        return sorted([*found, *self.search.solve_pairs(violated, ignore)], key=lambda candidate: candidate.score)

    def _several(self, violated: list[Constraint]) -> list[Diagnosis]:
        """No single edit does: the first fault is repaired, then what is still wrong, until all holds.

        Repairs of one argument in several layers are one cause; others are faults of their own.
        """
        steps = self._steps(violated)
        repaired = [found[0] for _, _, found in steps if found]
        together = self._together(repaired) if len(repaired) == len(steps) else None
        self.graph.settle(Patch())
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

    def _steps(self, violated: list[Constraint]) -> list[tuple[Constraint, list[Constraint], list[Evaluated]]]:
        """One fault after the other: the goal it is told by, what vanishes with it, and what repairs it."""
        steps: list[tuple[Constraint, list[Constraint], list[Evaluated]]] = []
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
                self.graph.settle(self.graph.settled.merged(found[0].patch))
                rest = [g for g in rest[1:] if not self.constraints.holds(g, self.graph.base)]
                vanished = [g for g in violated if g is not first and g not in rest and g not in told]
                steps[-1] = (first, vanished, found)
            else:
                self._pretend_met(first)
                rest = independent
        return steps

    def _together(self, parts: list[Evaluated]) -> Evaluated | None:
        """The parts as one candidate, where they change one argument of one class and everything holds then."""
        leads = [lead_of(part.repair) for part in parts]
        kinds = {
            (lead.argument, self.graph.nodes[lead.nodes[0]].call.layer_type if lead.nodes else "", lead.kind)
            for lead in leads
        }
        if len(parts) < 2 or len(kinds) > 1 or not isinstance(leads[0], ChangeArguments | ChangeApplication):
            return None
        scenario = self.graph.propagate()
        if scenario.refusal is not None or not self.constraints.met(scenario):
            return None
        return Evaluated(
            Joint.of([p.repair for p in parts]), self.graph.settled, scenario, satisfies=True, score=parts[0].score
        )

    def _pretend_met(self, constraint: Constraint) -> None:
        shape = self._as_wished(constraint)
        if shape is not None:
            self.graph.settle(self.graph.settled.merged(Patch(values={constraint.values[0]: shape})))

    def _as_wished(self, constraint: Constraint) -> Shape | None:
        """The shape of the goal's value with every size that is expected of it; `None` where that is open."""
        wishes = constraint.wishes(self.constraints.bindings_of(constraint))
        if not wishes or not constraint.values or constraint.values[0] < 0:
            return None
        observed, wish = self.graph.shapes.get(constraint.values[0], ()), wishes[0]
        if len(wish) != len(observed):
            return wish
        return tuple(o if w is None else w for w, o in zip(wish, observed, strict=True))

    def _consequences(self, first: Constraint, others: list[Constraint]) -> tuple[list[Constraint], list[Constraint]]:
        """Which other violated goals vanish when `first` is given its expected shape, and which stay."""
        shape = self._as_wished(first)
        if shape is None:
            behind = [g for g in others if first.call in self._upstream(g)]
            return behind, [g for g in others if g not in behind]
        scenario = self.graph.propagate(values={first.values[0]: shape})
        dependent = [g for g in others if scenario.refusal is None and self.constraints.holds(g, scenario)]
        return dependent, [g for g in others if g not in dependent]

    def _upstream(self, constraint: Constraint) -> frozenset[int]:
        node = self.graph.nodes.get(constraint.call)
        return node.upstream if node is not None else frozenset()

    def _diagnosis(
        self,
        violated: list[Constraint],
        consequences: Iterable[Constraint],
        found: list[Evaluated],
        ignore: tuple[Constraint, ...] = (),
        earlier: tuple[Evaluated, ...] = (),
    ) -> Diagnosis:
        chosen = self._proven_first(one_per_place(self._verified_first(deduplicate(found), ignore, earlier)))
        sure = self._is_sure(chosen)
        if sure:
            chosen = [c for c in chosen if c.score < chosen[0].score + weights.FAR_BEHIND]
        causes = tuple(
            cause_of(self.problem, self.search, candidate, sure=sure and rank == 0, also=alternatives(candidate, found))
            for rank, candidate in enumerate(chosen)
        )
        own = violated[0].call if violated else None
        names = tuple(dict.fromkeys(constraint.layer for constraint in consequences if constraint.call != own))
        if found and not causes and not self.problem.failure:
            return self._unsolved(violated, consequences)
        causes = self._with_targets(violated, chosen, causes)
        told = diagnosis_text.diagnosis(self.problem, self.graph, violated, names, causes, self.budget)
        if not ignore and not earlier and len(violated) == 1 and chosen and _is_far_fetched(chosen[0], told.axes):
            told = self._or_typo(violated[0], told)
        return replace(told, advice=diagnosis_text.advice(self.graph, self.constraints, chosen) if not sure else "")

    def _proven_first(self, chosen: list[Evaluated]) -> list[Evaluated]:
        """Where Keras refused, a layer of guessed sizes that always fits comes behind what was proven."""
        if self.graph.crashed is None or not any(candidate.is_verified for candidate in chosen):
            return chosen
        return sorted(chosen, key=lambda candidate: is_guessed(candidate.repair) and candidate.score > 0)

    def _with_targets(
        self, violated: list[Constraint], chosen: list[Evaluated], causes: tuple[Cause, ...]
    ) -> tuple[Cause, ...]:
        """The causes, and the targets among them where another loss takes them; before changes that are far-fetched."""
        other = cause_of_targets(self.problem, self.graph, violated[0]) if violated else None
        if other is None:
            return causes
        if chosen and chosen[0].score < weights.TARGETS:
            return (*causes[: SHOWN - 1], other)
        return (other, *(replace(cause, confidence="possible") for cause in causes[: SHOWN - 1]))

    def _or_typo(self, constraint: Constraint, told: Diagnosis) -> Diagnosis:
        """One annotation that alone disagrees, and only far-fetched changes of the program would meet it."""
        doubt = wrong_expectations.of_annotation(self.graph, self.constraints, constraint)
        if doubt is None or self.problem.failure is not None or self.graph.crashed is not None:
            return told
        rest = tuple(replace(cause, confidence="possible") for cause in told.causes)
        return replace(told, code="SG501", causes=(replace(doubt, confidence="possible"), *rest)[:SHOWN])

    def _unsolved(self, violated: list[Constraint], consequences: Iterable[Constraint]) -> Diagnosis:
        """No change of the program helps: a symbol with two sizes, an annotation that is wrong, or no cause."""
        if violated:
            turned = self._blame_other_side(violated[0])
            if turned is not None:
                return turned
            of_symbol = wrong_expectations.of_symbol(self.problem, self.constraints, violated[0])
            if of_symbol is not None:
                return of_symbol
        told = self._diagnosis(violated, consequences, [])
        if told.layer_type == "Input":
            return replace(told, code="SG301", tried="")
        doubt = wrong_expectations.of_annotation(self.graph, self.constraints, violated[0]) if violated else None
        if doubt is None or self.problem.failure is not None:
            return told
        return replace(told, code="SG501", causes=(doubt,), tried="", trail="")

    def _blame_other_side(self, first: Constraint) -> Diagnosis | None:
        """The others as what is wrong, where the odd place comes before them: what they have follows from it."""
        behind = [g for g in self.constraints.all if g is not first and first.call in self._upstream(g)]
        if self.graph.crashed is not None or not first.symbolic or not any(g.symbolic for g in behind):
            return None
        most = self.constraints
        self._take(Constraints(self.graph, most.all, first))
        violated = [g for g in behind if g.specs and self.constraints.disagrees(g)]
        others = [g for g in self.constraints.violated if g not in violated]
        found = self._solved(violated, ()) if violated and not others else []
        told = self._diagnosis(violated, violated[1:], found) if found else None
        if told is not None and told.causes:
            return replace(told, notes=(*told.notes, wrong_expectations.told_by(self.problem, self.constraints, first)))
        self._take(Constraints(self.graph, most.all))
        return None

    def _take(self, constraints: Constraints) -> None:
        self.constraints = constraints
        self.search = Search(self.graph, constraints, self.inputs, self.budget, self.problem.absent)

    def _verified_first(
        self, candidates: list[Evaluated], ignore: tuple[Constraint, ...], earlier: tuple[Evaluated, ...] = ()
    ) -> list[Evaluated]:
        """The first few that Keras does not refuse, each marked with what Keras said of it."""
        kept: list[Evaluated] = []
        for candidate in candidates[: SHOWN + 3]:
            if kept and candidate.score >= kept[0].score + weights.FAR_BEHIND and self._is_sure([*kept, candidate]):
                break  # it would not be told
            verdict = self._verify(candidate, ignore, earlier)
            if verdict is Verdict.REFUSED:
                continue
            if verdict is Verdict.BUILDS and not ignore and self._can_guarantee(candidate):
                verdict = Verdict.VERIFIED
                self.verified += 1
            kept.append(replace(candidate, verdict=verdict))
            if len(kept) == SHOWN:
                break
        return kept

    def _verify(self, candidate: Evaluated, ignore: tuple[Constraint, ...], earlier: tuple[Evaluated, ...]) -> Verdict:
        """What Keras says; unknown, too, if it would have to call more layers than a diagnosis may take."""
        calls = len(candidate.scenario.shapes)
        if self.calls and self.calls + calls > CALLS:
            return Verdict.UNKNOWN
        self.calls += calls
        return verify(self.graph, self.constraints, candidate, self.problem.rerun, ignore, earlier)

    def _can_guarantee(self, candidate: Evaluated) -> bool:
        """Whether everything that was expected could be checked, and the data fits what takes it.

        Where building stopped, what follows is not known.
        """
        open_ = [node for node, _ in self.inputs.conflicts() if node.outputs[0] not in candidate.patch.values]
        if (open_ and candidate.repair.kind != "data") or self._parts_at_merge(candidate.repair):
            return False
        if is_guessed(candidate.repair):
            return False
        network = self.problem.network
        all_reached = (
            bool(self.constraints.all) and not self.problem.missing and all(g.values for g in self.constraints.all)
        )
        return network.complete or (all_reached and not network.open_end)

    def _parts_at_merge(self, repair: Repair) -> bool:
        """Whether a layer is put in before several others, of which one takes several tensors: which, no line says."""
        several = len(repair.nodes) > 1 and isinstance(repair, Insert)
        return several and any(len(self.graph.nodes[index].inputs) > 1 for index in repair.nodes)

    def _is_sure(self, chosen: list[Evaluated]) -> bool:
        if not chosen or (not chosen[0].is_verified and proves_nothing(chosen[0], self.graph)):
            return False
        first = chosen[0]
        if is_guessed(first.repair) and first.score > 0:  # nothing but its absence speaks for the layer
            return False
        rivals = [
            each
            for each in chosen[1:]
            if not is_beside(each.repair, first.repair) and not (is_guessed(each.repair) and each.score > weights.GUESS)
        ]
        return not rivals or rivals[0].score - first.score >= weights.MARGIN


def _is_far_fetched(candidate: Evaluated, axes: tuple[int, ...]) -> bool:
    """Whether a wrong annotation is likelier; a kernel size is seldom at fault, but no stranger than others then.

    Nobody mistypes the same size on two axes: a change that explains both is believed further.
    """
    kernel = weights.KERNEL_TYPO if candidate.repair.argument == "kernel_size" else 0
    return candidate.score > weights.TYPO + kernel + (weights.TWO_AXES_TYPO if len(axes) > 1 else 0)


def _told(steps: list[tuple[Constraint, list[Constraint], list[Evaluated]]]) -> list[Constraint]:
    return [constraint for first, dependent, _ in steps for constraint in (first, *dependent)]
