"""Whether what-if worlds meet the goals, where what follows from the same shapes is worked out only once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnose.propagation import Propagation, World

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.diagnose.goals import Goal, Goals
    from shapeguard.diagnose.graph import Graph
    from shapeguard.diagnose.propagation import Repair
    from shapeguard.records import Shape

    Frontier = tuple[object, ...]

MOST_LIVE = 6
"""More values at once that differ and are still to be used are seldom met again in the same way."""


class Outlook:
    """The worlds of a search that ignores the same goals.

    Once the changes of a world are behind, all that follows depends on the values that differ and are still to be used:
    where another world had the same ones, its rest is this one's. And a world in which a goal fails is left there.
    """

    def __init__(self, graph: Graph, goals: Goals, ignore: Sequence[Goal] = (), *, stops: bool = True) -> None:
        self.graph, self.goals, self.ignore, self.stops = graph, goals, tuple(ignore), stops
        ignored = {id(goal) for goal in ignore}
        self.at: dict[int, list[Goal]] = {}
        for goal in goals.all:
            makers = {graph.producer.get(value) for value in goal.values}
            if id(goal) not in ignored and len(makers) == 1:
                for value in goal.values:
                    self.at.setdefault(value, []).append(goal)
        self.last_use = {value: max(users) for value, users in graph.consumers.items()}
        self.known: dict[Frontier, tuple[_Foresight, int]] = {}

    def world(self, repair: Repair) -> World:
        """The world that a repair makes, on top of what is settled: as far as it takes to see that it will not do."""
        self.graph.steps += 1
        return _Foresight(self, self.graph.settled.with_(repair)).run()

    def holds(self, world: World) -> bool:
        """Whether Keras refuses nothing in this world and every goal is met."""
        return world.refusal is None and not world.missed and self.goals.met(world, self.ignore)


class _Foresight(Propagation):
    """A propagation that looks up what follows as soon as another has worked it out, and stops where a goal fails.

    `log` holds the calls that were worked out, each with the values that differ from then on; a mark is a place in it
    from which another run may go on, and `rest` where this one goes on in another.
    """

    def __init__(self, outlook: Outlook, repair: Repair) -> None:
        graph = outlook.graph
        super().__init__(graph, repair, stops=outlook.stops)
        self._outlook = outlook
        self.log: list[tuple[int, list[int]]] = []
        self.torn_at = -1
        self.rest: tuple[_Foresight, int] | None = None
        self._given = {value: graph.producer.get(value, -1) for value in repair.values}
        self._live: dict[int, Shape | None] = {
            value: shape
            for value, shape in self.world.shapes.items()
            if outlook.last_use.get(value, -1) > self._given[value]
        }
        changed = (*repair.configs, *repair.inserted, *repair.instead)
        self._last_change = max((*changed, *self._given.values()), default=-1)
        # Where the refused call's own outputs are given, the refusal is still to come.
        alone = len(self._given) == 1 and self._last_change != graph.crashed
        self._starts_alone = alone and not changed

    def run(self) -> World:
        """The world, whole unless it will not do."""
        given = list(self.world.shapes)
        decided = self._misses(given) or (self._starts_alone and self._is_known(self._last_change))
        if not decided:
            super().run()
        if self.rest is not None:
            self._join(*self.rest)
        return self.world

    def _is_decided(self, index: int, changed: list[int]) -> bool:
        self.log.append((index, changed))
        if self.world.tear is not None and self.world.tear[0] == index:
            self.torn_at = len(self.log)
        if self._misses(changed):
            return True
        self._keep_live(index, changed)
        return index >= self._last_change and self._is_known(index)

    def _misses(self, changed: list[int]) -> bool:
        """Whether a goal on these values fails."""
        outlook, world = self._outlook, self.world
        world.missed = any(
            not outlook.goals.holds(goal, world) for value in changed for goal in outlook.at.get(value, ())
        )
        return world.missed

    def _keep_live(self, index: int, changed: list[int]) -> None:
        """Remembers the values that differ and are still to be used behind call `index`."""
        last_use, shapes = self._outlook.last_use, self.world.shapes
        for value in [v for v in self._live if last_use[v] <= index]:
            del self._live[value]
        for value in changed:
            if last_use.get(value, -1) > index:
                self._live[value] = shapes.get(value)

    def _is_known(self, index: int) -> bool:
        """Whether another run has worked out what follows; if not, this one will have."""
        if self.world.dropped or len(self._live) > MOST_LIVE:
            return False
        here = (self, len(self.log))
        found = self._outlook.known.setdefault((index, *self._live.items()), here)
        if found is here:
            return False
        self.rest = found
        return True

    def _join(self, other: _Foresight, mark: int) -> None:
        """Takes over what another run came to behind a mark; where that will not do, no more than the verdict."""
        mine, theirs = self.world, other.world
        mine.refusal, mine.missed = theirs.refusal, theirs.missed
        if mine.refusal is not None or other.torn_at > mark:
            mine.tear, self.torn_at = theirs.tear, len(self.log) + 1
        rest: tuple[_Foresight, int] | None = (other, mark)
        while rest is not None and mine.refusal is None and not mine.missed:
            run, mark = rest
            for index, changed in run.log[mark:]:
                self._take_over(run.world, index, changed)
            rest = run.rest

    def _take_over(self, theirs: World, index: int, changed: list[int]) -> None:
        """What a call gives in the other world, it gives in this one."""
        mine = self.world
        for value in changed:
            if value in theirs.unknown:
                mine.unknown.add(value)
            else:
                mine.shapes[value] = theirs.shapes[value]
        if index in theirs.through:
            mine.through.add(index)
        if theirs.dropped:
            mine.dropped.update(v for v in self._graph.nodes[index].outputs if v in theirs.dropped)
        if index == self._graph.crashed:
            mine.shapes.update((value, shape) for value, shape in theirs.shapes.items() if value < 0)
