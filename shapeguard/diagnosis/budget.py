"""What a diagnosis may cost, counted and not timed: the same answer on any machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.records.findings import Search

if TYPE_CHECKING:
    from shapeguard.diagnosis.graph import Work

BUDGET = 150_000
"""Calls worked out by formulas before a search ends: 1.5 s if one takes 10 us."""
PER_CANDIDATE = 4
"""What it costs to think of a repair, in such calls."""
KERAS_CALLS = 1000
"""Layers that Keras calls in proofs, 1 to 4 ms each: behind the first proof no more than this in all."""
FOR_ALTERNATIVES = 300
"""Of these, what proofs of other values of arguments that are named already may take: other faults follow."""
RERUNS = 1200
"""Calls that passes with an expression written otherwise may make in all; most are given what was observed."""
ENOUGH = 4
"""So many reruns with an expression written otherwise may come to their end."""
BUILT = 60
"""Layers that Keras builds to see their weights."""


class SearchBudget:
    """Counts the repairs that are tried and what Keras is asked, and tells if a limit ended the search."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.candidates = 0
        self.verified = 0
        self.partial = False
        self.families: dict[str, int] = {}
        self._keras_calls = 0
        self._for_alternatives = 0
        self._built = 0
        self._rerun = self._done = 0

    @property
    def is_spent(self) -> bool:
        """Whether nothing is left to spend, and something was still to be tried."""
        self.partial = self.partial or self.work.calls + PER_CANDIDATE * self.candidates >= BUDGET
        return self.partial

    def spend(self, family: str) -> bool:
        """Counts one repair; false if there is nothing left to spend."""
        if self.is_spent:
            return False
        self.candidates += 1
        self.families[family] = self.families.get(family, 0) + 1
        return True

    def may_call_keras(self, count: int) -> bool:
        """Counts layers that Keras would call in a proof; false if these are too many."""
        if self._keras_calls and self._keras_calls + count > KERAS_CALLS:
            return False
        self._keras_calls += count
        return True

    def may_prove_alternative(self, count: int) -> bool:
        """Counts layers that Keras would call for another value of a named argument; false if these are too many."""
        if self._for_alternatives + count > FOR_ALTERNATIVES:
            return False
        self._for_alternatives += count
        return True

    def may_rerun(self, count: int) -> bool:
        """Counts the calls of a pass that is made again; false if these are too many."""
        if self._done >= ENOUGH or (self._rerun and self._rerun + count > RERUNS):
            return False
        self._rerun += count
        return True

    def found_by_rerun(self) -> None:
        """Counts a pass that came to its end: behind enough of them the next ones are less likely, and not made."""
        self._done += 1

    def may_build(self) -> bool:
        """Counts a layer that Keras builds to see its weights; false if there were too many."""
        if self._built >= BUILT:
            return False
        self._built += 1
        self.candidates += 1
        self.families["weights"] = self._built
        self.partial = self.partial or self._built >= BUILT
        return True

    @property
    def record(self) -> Search:
        """What was spent, for the report."""
        return Search("partial" if self.partial else "complete", self.candidates, self.verified, dict(self.families))
