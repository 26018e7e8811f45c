"""A repair beside what it leads to, how far-fetched that is, and what Keras says of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shapeguard.diagnosis.repairs import Repair
    from shapeguard.diagnosis.scenarios import Patch, Scenario
    from shapeguard.diagnosis.weight_shapes import WeightCheck, Weights


class Verdict(Enum):
    """What Keras answered for a repair, asked by building it."""

    REFUSED = "refused"
    UNKNOWN = "unknown"
    BUILDS = "builds"
    """Keras took it as far as the pass goes."""
    VERIFIED = "verified"
    """And nothing that was expected is left open."""


class Batches(Enum):
    """What real batches make of a repaired network."""

    HOLD = "hold"
    """They have the shapes that the symbolic calls promise."""
    DIFFER = "differ"
    """They have others, mix their samples, or are refused."""
    UNTOLD = "untold"
    """Nobody can tell without the data."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A repair, the scenario that it leads to, how far-fetched that is, and what Keras answered."""

    repair: Repair
    patch: Patch
    scenario: Scenario
    satisfies: bool
    """Whether every constraint holds in the scenario and Keras refuses nothing, as far as formulas tell."""
    score: float
    verdict: Verdict = Verdict.UNKNOWN
    reservation: str = ""
    """Why it is not called verified although Keras builds it."""
    unseen: str = ""
    """What Keras was not given when it built it: "no data seen", "loss not seen", or "" if both were."""
    fixed_weights: tuple[tuple[WeightCheck, Weights], ...] = ()
    """The weights that would become as expected, with what they would be."""

    @property
    def is_verified(self) -> bool:
        """Whether Keras built it and nothing that was expected is left open."""
        return self.verdict is Verdict.VERIFIED

    @property
    def tears_a_merge(self) -> bool:
        """Whether Keras would refuse a call after the change of one layer."""
        return self.scenario.last_refusal is not None and len(self.repair.nodes) == 1

    @property
    def is_open(self) -> bool:
        """Whether something cannot be known in the scenario."""
        return bool(self.scenario.unknown or self.scenario.crossed_opaque)
