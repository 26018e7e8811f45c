"""Which argument gives a layer other weights than expected: candidates are built afresh by Keras, without memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from math import isqrt
from typing import TYPE_CHECKING, Any

from shapeguard.diagnosis.causes import cause_of
from shapeguard.diagnosis.constraints import Constraints, goals_of, goals_of_feed
from shapeguard.diagnosis.graph import Graph
from shapeguard.diagnosis.keras_fallback import OperationRule
from shapeguard.diagnosis.proposers.inputs import Inputs
from shapeguard.diagnosis.repairs import ChangeArguments, Evaluated, Verdict
from shapeguard.diagnosis.scoring import weights as scoring_weights
from shapeguard.diagnosis.search import Search, SearchBudget
from shapeguard.diagnosis.verification import verify
from shapeguard.diagnosis.weight_shapes import (
    compared,
    expected_count,
    expected_sizes,
    fresh_weights,
    parameters_in,
    weights_of,
)
from shapeguard.layers import Change
from shapeguard.records.findings import Diagnosis
from shapeguard.source.value_equality import same_value
from shapeguard.spec import EMPTY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from shapeguard.diagnosis.graph import Node
    from shapeguard.diagnosis.problem import Problem
    from shapeguard.diagnosis.weight_shapes import WeightCheck, Weights
    from shapeguard.diagnosis.what_if import Patch, Scenario
    from shapeguard.records.findings import Cause, Edit
    from shapeguard.records.findings import Search as SearchRecord
    from shapeguard.spec import Bindings

CAP = 60
SHOWN = 5
MOST_UPSTREAM = 3
OTHERS = 12
WINDOWS = (3, 1, 5, 2, 7, 4, 6, 9, 11)
OUTPUT = frozenset({"units", "filters", "output_dim", "depth_multiplier"})
"""Those that reach the weights of later layers, by the channels that they give."""
WRAPPED = ("layer", "cell")


@dataclass(frozen=True, slots=True)
class QuantityFindings:
    """The diagnoses, what of the measured follows from another fault, and how much was tried."""

    diagnoses: tuple[Diagnosis, ...] = ()
    consequences: tuple[WeightCheck, ...] = ()
    candidates: int = 0
    verified: int = 0
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A repair that gives the expected weights: those that the layer in question would have."""

    evaluated: Evaluated
    weights: Weights
    also_fixed: tuple[WeightCheck, ...]


def diagnose_quantities(
    problem: Problem, measured: Sequence[WeightCheck], bindings: Mapping[str, Bindings], told: Iterable[Diagnosis]
) -> QuantityFindings:
    """Why weights are not as expected, one diagnosis a layer; `told` are the diagnoses of outputs.

    What the first cause of an earlier diagnosis would mend as well is a consequence of it.
    """
    wrong = [one for one in measured if one.agrees is False]
    if not wrong or problem.failure is not None:
        return QuantityFindings()
    workshop = WeightSearch(problem, measured, bindings)
    diagnoses: list[Diagnosis] = []
    consequences: list[WeightCheck] = []
    blamed = [cause.edits[0] for diagnosis in told for cause in diagnosis.causes[:1] if cause.edits]
    while wrong:
        group = [one for one in wrong if workshop.layer(one) is workshop.layer(wrong[0])]
        found = workshop.solve(group)
        also_fixed = found[0].also_fixed if found else group
        if any(workshop.blames(one, edit) for one in found for edit in blamed):
            consequences += group
        else:
            diagnoses.append(workshop.diagnosis(group, found))
            consequences += [one for one in also_fixed if one not in group]
        wrong = [one for one in wrong if one not in group and one not in also_fixed]
    return QuantityFindings(
        tuple(diagnoses), tuple(consequences), workshop.spent, workshop.verified, workshop.spent >= CAP
    )


def added(search: SearchRecord, weighed: QuantityFindings) -> SearchRecord:
    """The search for outputs and that for weights as one."""
    if not weighed.candidates:
        return search
    return replace(
        search,
        status="partial" if weighed.partial or search.status == "partial" else "complete",
        candidates=search.candidates + weighed.candidates,
        verified=search.verified + weighed.verified,
        families={**search.families, "weights": weighed.candidates},
    )


class WeightSearch:
    """Builds layers with other arguments and looks at their weights; at most `CAP` of them."""

    def __init__(self, problem: Problem, measured: Sequence[WeightCheck], bindings: Mapping[str, Bindings]) -> None:
        self.problem = problem
        self.measured = [one for one in measured if one.agrees is not None]
        self.bindings = bindings
        self.graph = Graph(problem.network, asks_functions=problem.rerun is not None)
        constraints = goals_of(self.graph, problem.targets)
        if problem.feed is not None and problem.network.complete:
            constraints += goals_of_feed(self.graph, problem.feed.targets, problem.feed.loss)
        self.constraints = Constraints(self.graph, constraints)
        self.ignored = tuple(self.constraints.violated)
        self.search = Search(
            self.graph, self.constraints, Inputs.of(self.graph, problem.feed), SearchBudget(self.graph)
        )
        self.spent = 0
        self.verified = 0

    def layer(self, one: WeightCheck) -> Any:
        """The layer that was measured."""
        return self.problem.network.calls[one.target.call or 0].operation

    def blames(self, found: Found, edit: Edit) -> bool:
        """Whether a candidate is what this edit does."""
        repair = found.evaluated.repair
        owner = self.graph.nodes[repair.nodes[0]].call.layer
        alike = (edit.layer, edit.argument) == (owner, repair.argument)
        return alike and same_value(edit.suggestion, repair.suggestion)

    def solve(self, group: list[WeightCheck]) -> list[Found]:
        """The candidates that give the expected weights and keep what holds, cheapest first, as Keras judges them."""
        node = self.graph.nodes.get(group[0].target.call or 0)
        if node is None:
            return []
        best: dict[object, Found] = {}
        found = [one for candidate in self._candidates(node, group) if (one := self._evaluated(candidate, group))]
        for one in sorted(found, key=lambda f: (round(f.evaluated.score, 3), repr(f.evaluated.repair.suggestion))):
            best.setdefault(one.evaluated.repair.key, one)
        kept = []
        for one in list(best.values())[: SHOWN + 3]:
            verdict = verify(self.graph, self.constraints, one.evaluated, self.problem.rerun, self.ignored)
            if verdict is Verdict.REFUSED:
                continue
            if verdict is Verdict.BUILDS and not self.ignored:
                verdict = Verdict.VERIFIED
                self.verified += 1
            kept.append(replace(one, evaluated=replace(one.evaluated, verdict=verdict)))
        return kept[:SHOWN]

    def _candidates(self, node: Node, group: list[WeightCheck]) -> Iterator[ChangeArguments]:
        said = [one.target.expectation for one in group]
        sizes = tuple(size for each in said if each.quantity == "weights" for size in expected_sizes(each))
        for change in self._changes(node, group, sizes, tuple(scoring_weights.WEIGHT_EFFORTS)):
            yield from self._of_change(node, change, 0)
        for distance, other in enumerate(islice(self._feeding(node), MOST_UPSTREAM), 1):
            for change in self._changes(other, group, sizes, tuple(OUTPUT)):
                yield from self._of_change(
                    other, change, scoring_weights.UPSTREAM + scoring_weights.EACH_UPSTREAM * distance
                )
        if node.rule is not None and not isinstance(node.rule, OperationRule):
            inputs = self.graph.inputs_of(node)
            others = (
                c
                for c in node.rule.changes(node.config, inputs, None)
                if c.arguments[0][0] not in scoring_weights.WEIGHT_EFFORTS
            )
            for change in islice(others, OTHERS):
                yield from self._of_change(node, change, scoring_weights.OTHER_OPTION)

    def _feeding(self, node: Node) -> Iterator[Node]:
        """The layers before this one that have an argument for the channels they give, nearest first."""
        for index in sorted(node.upstream - {node.index}, reverse=True):
            if any(name in OUTPUT for _, own in _levels(self.graph.nodes[index].config) for name in own):
                yield self.graph.nodes[index]

    def _of_change(self, node: Node, change: Change, further: float) -> Iterator[ChangeArguments]:
        """The change in this layer alone, and in all layers of its source span."""
        span = self.search.siblings.of_span(node)
        first = self.graph.same_layer[id(node.call.operation)][0]
        cost = change.effort + further + self._unwritten(node, change)
        yield ChangeArguments((first,), change, cost + (scoring_weights.SPLIT_LINE if len(span) > 1 else 0))
        if len(span) > 1:
            yield ChangeArguments(span, change, cost)

    def _unwritten(self, node: Node, change: Change) -> float:
        """A size that nobody wrote is seldom wrong; a flag or a word is forgotten."""
        made = node.construction
        if made is None or made.indirect or change.inner or isinstance(change.arguments[0][1], bool):
            return 0
        return 0 if any(a.name == change.arguments[0][0] for a in made.arguments) else scoring_weights.NOT_WRITTEN

    def _changes(
        self, node: Node, group: list[WeightCheck], sizes: tuple[int, ...], names: tuple[str, ...]
    ) -> Iterator[Change]:
        for inner, own in _levels(node.config):
            for name in names:
                now = own.get(name)
                for value, further in self._values(node, inner, name, now, group, sizes):
                    if not same_value(value, now):
                        yield Change(
                            ((name, value),), scoring_weights.WEIGHT_EFFORTS[name] + further, inner, solved=True
                        )

    def _values(
        self,
        node: Node,
        inner: tuple[str, ...],
        name: str,
        now: object,
        group: list[WeightCheck],
        sizes: tuple[int, ...],
    ) -> Iterator[tuple[object, float]]:
        """Other values of one argument: the expected sizes, what the expected count comes from, a small grid."""
        match now:
            case bool():
                yield not now, 0
            case int():
                yield from ((size, 0) for size in dict.fromkeys(sizes))
                yield from ((size, 0) for size in self._counted(node, inner, name, group))
            case tuple() | list() if now and all(type(entry) is int for entry in now):
                ndim = len(now)
                leading = sizes[:ndim]
                yield from [(leading, 0)] if len(leading) == ndim else []
                yield from (
                    ((size,) * ndim, scoring_weights.WEIGHT_WINDOWS.get(size, scoring_weights.OTHER_WINDOW))
                    for size in WINDOWS
                )

    def _counted(self, node: Node, inner: tuple[str, ...], name: str, group: list[WeightCheck]) -> list[int]:
        """The values of an integer for which the count is the expected one; counts grow with its square at most."""
        count = next((n for one in group if (n := expected_count(one.target.expectation)) is not None), None)
        target = self.graph.nodes.get(group[0].target.call or 0)
        if count is None or target is None:
            return []
        points = []
        for value in (1, 2, 3):
            patch = ChangeArguments((node.index,), Change(((name, value),), 0, inner)).patch(self.graph)
            scenario = self.graph.propagate(patch.configs)
            weights = None if scenario.refusal is not None else self._weights(target, patch, scenario)
            if weights is None:
                return []
            points.append(parameters_in(weights))
        return _roots(points, count)

    def _evaluated(self, repair: ChangeArguments, group: list[WeightCheck]) -> Found | None:
        """The candidate, where everything that holds still holds with it and the group does too."""
        patch = repair.patch(self.graph)
        scenario = self.graph.propagate(patch.configs)
        if scenario.refusal is not None or not self.constraints.met(scenario, self.ignored):
            return None
        also_fixed, own = [], None
        for one in self.measured:
            node = self.graph.nodes.get(one.target.call or 0)
            weights = None if node is None else self._weights(node, patch, scenario)
            said = one.target.expectation
            bound = self.bindings.get(said.scope, EMPTY)
            agrees = weights is not None and compared(said, weights, bound) is None
            if not agrees and (one.agrees or one in group):
                return None
            if agrees and not one.agrees:
                also_fixed.append(one)
            own = weights if one is group[0] else own
        evaluated = Evaluated(repair, patch, scenario, satisfies=True, score=repair.cost)
        return None if own is None else Found(evaluated, own, tuple(also_fixed))

    def _weights(self, node: Node, patch: Patch, scenario: Scenario) -> Weights | None:
        """The weights that the layer would have; `None` where Keras refuses, or nobody can know."""
        if any(value in scenario.unknown for value in node.inputs):
            return None
        inputs = self.graph.inputs_of(node, scenario)
        config = patch.configs.get(node.index)
        if config is None and inputs == self.graph.inputs_of(node):
            return weights_of(node.call.operation)
        if self.spent >= CAP:
            return None
        self.spent += 1
        return fresh_weights(node.call, node.config if config is None else config, inputs)

    def diagnosis(self, group: list[WeightCheck], found: list[Found]) -> Diagnosis:
        """The diagnosis of one layer's weights, told by the first thing that was said of them."""
        one, call = group[0], self.problem.network.calls[group[0].target.call or 0]
        said = one.target.expectation
        sure = len(found) == 1 or (
            len(found) > 1 and found[1].evaluated.score - found[0].evaluated.score >= scoring_weights.MARGIN
        )
        causes = tuple(self._cause(one, each, sure=sure and rank == 0) for rank, each in enumerate(found))
        others = dict.fromkeys(str(self.layer(m).name) for m in found[0].also_fixed if m not in group) if found else {}
        return Diagnosis(
            code="SG105",
            layer=call.layer,
            layer_type=call.layer_type,
            expected=one.expected,
            actual=one.actual,
            axes=one.axes,
            quantity=said.quantity,
            causes=causes,
            consequences=tuple(others),
            declared=said.declared,
            origin=said.origin,
            tried="" if causes else f"{self.spent} layers with another argument; none has these weights",
        )

    def _cause(self, one: WeightCheck, found: Found, *, sure: bool) -> Cause:
        evaluated, layer = found.evaluated, self.layer(one)
        cause = cause_of(self.problem, self.search, evaluated, sure=sure, also=())
        edit, now = cause.edits[0], weights_of(layer) or ()
        rows = [(edit.value, now), (edit.suggestion, found.weights)]
        texts = [f"with {edit.argument} {_short(value)}:" for value, _ in rows]
        width = max(map(len, texts))
        lines = [f"{text:{width}}  {_told(weights)}" for text, (_, weights) in zip(texts, rows, strict=True)]
        shapes = self.graph.outputs_of(self.graph.nodes[evaluated.repair.nodes[0]])
        if not evaluated.scenario.shapes and shapes:
            lines.append(f"The output is {shapes[0]} with both: only the weights tell them apart.")
        count = one.target.expectation.quantity == "params"
        has = f"{parameters_in(found.weights)} parameters" if count else f"weights {_first(found.weights)}"
        return replace(cause, explanation="\n".join(lines), proof=f"'{layer.name}' has {has}")


def _levels(config: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """The config, and those of the layers wrapped in it, each with the way to it."""
    yield (), config
    for key in WRAPPED:
        if isinstance(config.get(key), dict) and "config" in config[key]:
            for inner, own in _levels(config[key]["config"]):
                yield (key, *inner), own


def _roots(points: list[int], count: int) -> list[int]:
    """The positive integers at which the polynomial through (1, 2, 3) is `count`."""
    twice = points[2] - 2 * points[1] + points[0]
    a, b = twice, 2 * (points[1] - points[0]) - 3 * twice
    c = 2 * (points[0] - count) - a - b
    if a == 0:
        return [-c // b] if b and c % b == 0 and -c // b > 0 else []
    square = b * b - 4 * a * c
    if square < 0 or isqrt(square) ** 2 != square:
        return []
    tops = {-b + isqrt(square), -b - isqrt(square)}
    return sorted(top // (2 * a) for top in tops if top % (2 * a) == 0 and top // (2 * a) > 0)


def _told(weights: Weights) -> str:
    return f"weights {', '.join(map(str, weights)) or 'none'}, {parameters_in(weights)} parameters"


def _first(weights: Weights) -> str:
    return str(weights[0]) if weights else "none"


def _short(value: object) -> str:
    if isinstance(value, tuple) and value and all(entry == value[0] for entry in value):
        return repr(value[0])
    return repr(value)
