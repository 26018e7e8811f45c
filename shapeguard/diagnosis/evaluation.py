"""What a repair leads to: its scenario by formulas, and whether everything that is to hold does.

Of weights and of constructor calls no formula tells: Keras builds the one layer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.diagnosis.constructing import constructs
from shapeguard.diagnosis.evaluated import Evaluated
from shapeguard.diagnosis.rewritten_calls import RewriteCall
from shapeguard.diagnosis.weight_scenarios import weights_fixed_by

if TYPE_CHECKING:
    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.repairs import Repair


def evaluate(repair: Repair, fault: Fault) -> Evaluated:
    """The repair with its scenario, as far as it takes to see whether it will do."""
    patch = repair.patch(fault.graph)
    scenario = fault.cache.scenario(fault.graph.repaired.merged(patch))
    evaluated = Evaluated(repair, patch, scenario, fault.cache.holds(scenario), repair.cost)
    if isinstance(repair, RewriteCall):
        return replace(evaluated, satisfies=constructs(repair))
    if not fault.weights or not evaluated.satisfies:
        return evaluated
    fixed = weights_fixed_by(fault, patch, scenario)
    return replace(evaluated, satisfies=fixed is not None, fixed_weights=fixed or ())
