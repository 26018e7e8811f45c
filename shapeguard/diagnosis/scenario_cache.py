"""Evaluates scenarios: what follows from equal shapes is worked out once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.what_if import Propagation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.diagnosis.constraints import Constraint, Constraints
    from shapeguard.diagnosis.graph import Graph
    from shapeguard.diagnosis.scenarios import Patch, Scenario
    from shapeguard.records.network import Shape

    Frontier = tuple[object, ...]

MOST_LIVE = 6
"""More values at once that differ and are still to be used are seldom met again in the same way."""


class ScenarioCache:
    """The scenarios of a search in which the same constraints are ignored.

    Behind the last change of a scenario, all that follows depends on the values that differ and are still to be used:
    if another scenario had the same ones, its rest is this one's. And a scenario in which a constraint fails is left
    there.
    """

    def __init__(
        self, graph: Graph, constraints: Constraints, ignore: Sequence[Constraint] = (), *, stops: bool = True
    ) -> None:
        self.graph, self.constraints, self.ignore, self.stops = graph, constraints, tuple(ignore), stops
        ignored = {id(constraint) for constraint in ignore}
        self.at: dict[int, list[Constraint]] = {}
        for constraint in constraints.all:
            makers = {graph.producer.get(value) for value in constraint.values}
            if id(constraint) not in ignored and len(makers) == 1:
                for value in constraint.values:
                    self.at.setdefault(value, []).append(constraint)
        self.last_use = {value: max(users) for value, users in graph.consumers.items()}
        self.known: dict[Frontier, tuple[CachedPropagation, int]] = {}

    def scenario(self, patch: Patch) -> Scenario:
        """The scenario that a change leads to: as far as it takes to see that it will not do."""
        self.graph.work.calls += 1
        return CachedPropagation(self, patch).run()

    def holds(self, scenario: Scenario) -> bool:
        """Whether Keras refuses nothing in this scenario and every constraint is met."""
        return scenario.refusal is None and not scenario.violates and self.constraints.met(scenario, self.ignore)


class ScenarioCaches:
    """One cache for each choice of ignored constraints: made for a search, and let go of behind it."""

    def __init__(self, graph: Graph, constraints: Constraints) -> None:
        self._graph, self._constraints = graph, constraints
        self._caches: dict[tuple[object, ...], ScenarioCache] = {}

    def ignoring(self, ignored: Sequence[Constraint] = (), *, stops: bool = True) -> ScenarioCache:
        """The cache for scenarios in which these are ignored; without `stops` Keras' refusals are as well."""
        key = (stops, *map(id, ignored))
        if key not in self._caches:
            self._caches[key] = ScenarioCache(self._graph, self._constraints, ignored, stops=stops)
        return self._caches[key]

    def clear(self) -> None:
        """Lets go of the scenarios, which hold one another."""
        for cache in self._caches.values():
            cache.known.clear()
        self._caches.clear()


class CachedPropagation(Propagation):
    """A propagation that looks up what follows as soon as another has worked it out, and stops if a constraint fails.

    `log` holds the calls that were worked out, each with the values that differ from then on; a mark is a place in it
    from which another run may go on, and `rest` where this one goes on in another.
    """

    def __init__(self, scenario_cache: ScenarioCache, patch: Patch) -> None:
        graph = scenario_cache.graph
        super().__init__(graph, patch, stops=scenario_cache.stops)
        self._cache = scenario_cache
        self.log: list[tuple[int, list[int]]] = []
        self.torn_at = -1
        self.rest: tuple[CachedPropagation, int] | None = None
        self._given = {value: graph.producer.get(value, -1) for value in patch.values}
        self._live: dict[int, Shape | None] = {
            value: shape
            for value, shape in self.scenario.shapes.items()
            if scenario_cache.last_use.get(value, -1) > self._given[value]
        }
        changed = (*patch.configs, *patch.inserted, *patch.replaced)
        self._last_change = max((*changed, *self._given.values()), default=-1)
        # Where the refused call's own outputs are given, the refusal is still to come.
        alone = len(self._given) == 1 and self._last_change != graph.refused_call
        self._starts_alone = alone and not changed

    def run(self) -> Scenario:
        """The scenario, whole unless it will not do."""
        given = list(self.scenario.shapes)
        decided = self._misses(given) or (self._starts_alone and self._is_known(self._last_change))
        if not decided:
            super().run()
        if self.rest is not None:
            self._reuse(*self.rest)
        return self.scenario

    def _is_decided(self, index: int, changed: list[int]) -> bool:
        self.log.append((index, changed))
        if self.scenario.last_refusal is not None and self.scenario.last_refusal[0] == index:
            self.torn_at = len(self.log)
        if self._misses(changed):
            return True
        self._keep_live(index, changed)
        return index >= self._last_change and self._is_known(index)

    def _misses(self, changed: list[int]) -> bool:
        """Whether a constraint on these values fails."""
        scenario_cache, scenario = self._cache, self.scenario
        scenario.violates = any(
            not scenario_cache.constraints.holds(constraint, scenario)
            for value in changed
            for constraint in scenario_cache.at.get(value, ())
        )
        return scenario.violates

    def _keep_live(self, index: int, changed: list[int]) -> None:
        """Remembers the values that differ and are still to be used behind call `index`."""
        last_use, shapes = self._cache.last_use, self.scenario.shapes
        for value in [v for v in self._live if last_use[v] <= index]:
            del self._live[value]
        for value in changed:
            if last_use.get(value, -1) > index:
                self._live[value] = shapes.get(value)

    def _is_known(self, index: int) -> bool:
        """Whether another run has worked out what follows; if not, this one will have."""
        if self.scenario.removed_outputs or len(self._live) > MOST_LIVE:
            return False
        here = (self, len(self.log))
        found = self._cache.known.setdefault((index, *self._live.items()), here)
        if found is here:
            return False
        self.rest = found
        return True

    def _reuse(self, other: CachedPropagation, mark: int) -> None:
        """Takes over what another run came to behind a mark; where that will not do, no more than the verdict."""
        mine, theirs = self.scenario, other.scenario
        mine.refusal, mine.violates = theirs.refusal, theirs.violates
        if mine.refusal is not None or other.torn_at > mark:
            mine.last_refusal, self.torn_at = theirs.last_refusal, len(self.log) + 1
        rest: tuple[CachedPropagation, int] | None = (other, mark)
        while rest is not None and mine.refusal is None and not mine.violates:
            run, mark = rest
            for index, changed in run.log[mark:]:
                self._take_over(run.scenario, index, changed)
            rest = run.rest

    def _take_over(self, theirs: Scenario, index: int, changed: list[int]) -> None:
        """What a call gives in the other scenario, it gives in this one."""
        mine = self.scenario
        for value in changed:
            if value in theirs.unknown:
                mine.unknown.add(value)
            else:
                mine.shapes[value] = theirs.shapes[value]
        if index in theirs.crossed_opaque:
            mine.crossed_opaque.add(index)
        if theirs.removed_outputs:
            mine.removed_outputs.update(v for v in self._graph.nodes[index].outputs if v in theirs.removed_outputs)
        if index == self._graph.refused_call:
            mine.shapes.update((value, shape) for value, shape in theirs.shapes.items() if value < 0)
