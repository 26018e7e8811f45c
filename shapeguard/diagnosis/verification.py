"""Keras judges: what a repair leads to is built from fresh layers and compared with what is expected."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.diagnosis.confidence import is_sure
from shapeguard.diagnosis.constraints import Constraint
from shapeguard.diagnosis.evaluated import Verdict
from shapeguard.diagnosis.judged_targets import with_targets
from shapeguard.diagnosis.rebuilding import Rebuild
from shapeguard.diagnosis.reservations import reservation
from shapeguard.diagnosis.scenarios import Scenario, more_values
from shapeguard.diagnosis.scoring import weights
from shapeguard.keras_compat import states

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.diagnosis.constraints import Constraints
    from shapeguard.diagnosis.evaluated import Evaluated
    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Graph
    from shapeguard.records.network import Network, Shape

TRIED = 8


def verify(ranked: Sequence[Evaluated], fault: Fault, earlier: tuple[Evaluated, ...] = ()) -> list[Evaluated]:
    """The first few that Keras does not refuse, each with its verdict.

    `earlier` are repairs of other faults that are made too.
    """
    analysis = fault.analysis
    kept: list[Evaluated] = []
    for evaluated in ranked[:TRIED]:
        if not fault.weights and _is_certain_without([*kept, evaluated], analysis.graph):
            break  # it would not be shown
        verdict = _verdict(evaluated, fault, earlier)
        if verdict is Verdict.REFUSED:
            continue
        reserve = reservation(evaluated, fault) if verdict is Verdict.BUILDS else ""
        if verdict is Verdict.BUILDS and not reserve:
            verdict = Verdict.VERIFIED
            analysis.budget.verified += 1
        kept.append(replace(evaluated, verdict=verdict, reservation=reserve))
        if len(kept) == weights.SHOWN:
            break
    return kept


def _is_certain_without(kept: Sequence[Evaluated], graph: Graph) -> bool:
    """Whether the first is the cause, far ahead of the last."""
    return kept[-1].score >= kept[0].score + weights.FAR_BEHIND and is_sure(kept, graph)


def _verdict(evaluated: Evaluated, fault: Fault, earlier: tuple[Evaluated, ...]) -> Verdict:
    """Whether Keras itself, called symbolically on fresh layers, meets every constraint.

    It is unknown if the change reaches a layer that no fresh copy can stand for, if nothing may be run again, or if
    Keras would have to call more layers than a diagnosis may take.
    """
    analysis = fault.analysis
    rerun = analysis.problem.rerun
    if not analysis.budget.may_call_keras(len(evaluated.scenario.shapes)) or rerun is None or evaluated.is_open:
        return Verdict.UNKNOWN
    rebuild = Rebuild(analysis.graph, (*earlier, evaluated))
    with states.leaving_no_mark():
        try:
            network = rerun(rebuild.inputs, replace=rebuild.replace, before=rebuild.before, shortcut=rebuild.shortcut)
        except Exception:  # noqa: BLE001  a layer whose config Keras refuses: not verified
            return Verdict.REFUSED
    if any(call.failure is not None for call in network.calls):
        return Verdict.REFUSED
    ignored = [each for each in fault.ignored if isinstance(each, Constraint)]
    verdict = _met(analysis.graph, analysis.constraints, network, ignored)
    return with_targets(verdict, analysis.problem, network, [each.output for each in ignored])


def _met(graph: Graph, constraints: Constraints, network: Network, ignored: Sequence[Constraint]) -> Verdict:
    """Whether the constraints hold in the rerun network."""
    scenario = _observed(graph, network)
    if not constraints.met(scenario, ignored):
        return Verdict.REFUSED
    return Verdict.BUILDS if constraints.is_known(scenario) else Verdict.UNKNOWN


def _observed(graph: Graph, network: Network) -> Scenario:
    """The rerun network as a scenario of the graph: calls are found again by their operation and number."""
    rerun = {(id(call.operation), call.number): call for call in network.calls}
    shapes: dict[int, Shape] = {}
    removed: set[int] = set()
    for call in graph.network.calls:
        twin = rerun.get((id(call.operation), call.number))
        if twin is None:
            continue
        given = [network.values[value].shape for value in twin.outputs]
        shapes.update(zip(call.outputs, given, strict=False))
        shapes.update(more_values(call.index, len(call.outputs), given))
        removed.update(call.outputs[len(given) :])
    for value, twin_value in zip(graph.network.outputs, network.outputs, strict=False):
        shapes[value] = network.values[twin_value].shape
    return Scenario(shapes=shapes, removed_outputs=removed)
