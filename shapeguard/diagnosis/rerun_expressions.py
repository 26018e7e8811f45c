"""What comes of an expression written otherwise: no formula tells, so that the pass is made again with it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.diagnosis.evaluated import Evaluated
from shapeguard.diagnosis.judged_targets import is_worse
from shapeguard.diagnosis.rebuilding import Rebuild
from shapeguard.diagnosis.rerun_shapes import observed
from shapeguard.diagnosis.scenarios import Patch, Scenario

if TYPE_CHECKING:
    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.rewritten_expressions import RewriteExpression


def evaluated_by_rerun(repair: RewriteExpression, fault: Fault) -> Evaluated:
    """The repair with what a pass gives in which it is made; it will do if that comes to its end, and as it should."""
    none = Evaluated(repair, Patch(), Scenario(), satisfies=False, score=repair.cost)
    rerun = fault.analysis.problem.rerun
    if rerun is None or not fault.budget.may_rerun(len(fault.graph.network.calls)):
        return none
    try:
        network = Rebuild(fault.graph, (none,)).network(rerun)
    except Exception:  # noqa: BLE001  whatever the user's own code raises with another expression in it
        return none
    if any(call.failure is not None for call in network.calls):
        return none
    if is_worse(fault.analysis.problem, network, []):
        return none
    scenario = observed(fault.graph, network)
    if not fault.constraints.met(scenario, []):
        return none
    fault.budget.found_by_rerun()
    return replace(none, scenario=scenario, satisfies=True)
