"""Keras judges: what a repair leads to is built from fresh layers and compared with what is expected."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.diagnosis.confidence import is_sure
from shapeguard.diagnosis.constraints import Constraint
from shapeguard.diagnosis.deduplication import deduplicate
from shapeguard.diagnosis.evaluated import Batches, Verdict
from shapeguard.diagnosis.judged_targets import feed_of, is_worse, keeps_samples, outputs_of, reservation_of_targets
from shapeguard.diagnosis.keras_fallback import refuses_real_tensors
from shapeguard.diagnosis.learned_weights import reservation_of_weights
from shapeguard.diagnosis.real_batches import of_real_batches
from shapeguard.diagnosis.rebuilding import Rebuild
from shapeguard.diagnosis.repairs import ChangeInput, ConvertData
from shapeguard.diagnosis.rerun_shapes import observed
from shapeguard.diagnosis.reservations import WITHOUT_DATA, reservation
from shapeguard.diagnosis.scoring import weights
from shapeguard.diagnosis.whole_numbers import reservation_of_numbers
from shapeguard.records.reservations import COMES_TO_TARGETS, GETS_PAST, PAST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.constraints import Constraints
    from shapeguard.diagnosis.evaluated import Evaluated
    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Graph
    from shapeguard.diagnosis.problem import Problem
    from shapeguard.records.network import Network

TRIED = 8
OTHERS = 4
"""Other values of blames that Keras refused, as formulas know less than it, that are tried in all."""


def verify(found: Sequence[Evaluated], fault: Fault, earlier: tuple[Evaluated, ...] = ()) -> list[Evaluated]:
    """The first few blames that Keras does not refuse, each with its verdict; with another value if it must be.

    `earlier` are repairs of other faults that are made too.
    """
    analysis, left = fault.analysis, OTHERS
    kept: list[Evaluated] = []
    past: list[Evaluated] = []
    for evaluated in deduplicate(found, fault)[:TRIED]:
        if not fault.weights and _is_certain_without([*kept, evaluated], analysis):
            break  # it would not be shown
        others = () if fault.weights else _other_values(evaluated, found)[:left]
        tried = _until_taken((evaluated, *others), fault, earlier)
        left -= len(tried) - 1
        if tried[-1].verdict is Verdict.REFUSED:
            past += [each for each in tried if each.reservation in PAST][:1]
            continue
        kept.append(tried[-1])
        if len(kept) == weights.SHOWN:
            break
    return _beside_halfway(kept, past)


def _beside_halfway(kept: list[Evaluated], past: Sequence[Evaluated]) -> list[Evaluated]:
    """What Keras did not refuse, behind what gets past the fault where other inputs alone would be left to blame."""
    halfway = [replace(each, verdict=Verdict.UNKNOWN) for each in past[: weights.SHOWN]]
    if kept and halfway and _is_given_other_data(kept[0]) and halfway[0].score <= kept[0].score:
        return [halfway[0], *kept][: weights.SHOWN]
    return kept or halfway


def _is_given_other_data(evaluated: Evaluated) -> bool:
    """Whether nothing but other inputs would do: that always mends more than a change of one layer."""
    return not evaluated.is_verified and isinstance(evaluated.repair, ChangeInput | ConvertData)


def _until_taken(values: Sequence[Evaluated], fault: Fault, earlier: tuple[Evaluated, ...]) -> list[Evaluated]:
    """The repairs with their verdicts, up to the first that Keras does not refuse."""
    tried: list[Evaluated] = []
    for each in values:
        tried.append(prove(each, fault, earlier))
        if tried[-1].verdict is not Verdict.REFUSED:
            break
    return tried


def _other_values(evaluated: Evaluated, found: Sequence[Evaluated]) -> list[Evaluated]:
    """The other repairs of the same blame that are as plausible, or nearly so."""
    limit = evaluated.score + weights.MARGIN
    return [
        each
        for each in found
        if each is not evaluated and each.repair.key == evaluated.repair.key and each.score <= limit
    ]


def _is_certain_without(kept: Sequence[Evaluated], analysis: Analysis) -> bool:
    """Whether the first is the cause, far ahead of the last."""
    return kept[-1].score >= kept[0].score + weights.FAR_BEHIND and is_sure(kept, analysis)


def prove(evaluated: Evaluated, fault: Fault, earlier: tuple[Evaluated, ...]) -> Evaluated:
    """The repair with Keras' verdict, and what keeps it from being verified."""
    rebuild = Rebuild(fault.analysis.graph, (*earlier, evaluated))
    verdict, network = _verdict(evaluated, fault, rebuild)
    if verdict is not Verdict.BUILDS or network is None:
        return replace(evaluated, verdict=verdict, reservation=_past(fault, network))
    problem = fault.analysis.problem
    reserve = reservation(evaluated, fault, network, is_whole=bool(outputs_of(problem, network)))
    reserve = reserve or reservation_of_targets(problem, network)
    reserve = reserve or reservation_of_numbers(fault.analysis.graph, network)
    reserve = reserve or reservation_of_weights(fault.analysis, evaluated, rebuild, network)
    batches = Batches.HOLD if reserve else of_real_batches(fault.analysis, rebuild, network)
    if batches is Batches.DIFFER:
        return replace(evaluated, verdict=Verdict.REFUSED)
    reserve = reserve or (WITHOUT_DATA if batches is Batches.UNTOLD else "")
    if not reserve:
        fault.budget.verified += 1
    verdict, unseen = verdict if reserve else Verdict.VERIFIED, _unseen(problem, network)
    return replace(evaluated, verdict=verdict, reservation=reserve, unseen=unseen)


def _unseen(problem: Problem, network: Network) -> str:
    """What Keras was not given: data, or targets with a loss of its own."""
    feed = feed_of(problem, network)
    if feed is None or not feed.inputs or not outputs_of(problem, network):
        return "no data seen"
    return "" if feed.targets or feed.phase == "predict" else "loss not seen"


def _verdict(evaluated: Evaluated, fault: Fault, rebuild: Rebuild) -> tuple[Verdict, Network | None]:
    """Whether Keras itself, called symbolically on fresh layers, meets every constraint; with what it called.

    It is unknown if the change reaches a layer that no fresh copy can stand for, if nothing may be run again, or if
    Keras would have to call more layers than a diagnosis may take.
    """
    analysis = fault.analysis
    rerun = analysis.problem.rerun
    if not analysis.budget.may_call_keras(len(evaluated.scenario.shapes)) or rerun is None or evaluated.is_open:
        return Verdict.UNKNOWN, None
    try:
        network = rebuild.network(rerun)
    except Exception:  # noqa: BLE001  a layer whose config Keras refuses: not verified
        return Verdict.REFUSED, None
    if any(call.failure is not None for call in network.calls):
        return Verdict.REFUSED, network
    if refuses_real_tensors(network, rebuild.arguments_of, rebuild.is_other):
        return Verdict.REFUSED, None
    ignored = _ignored(fault)
    if is_worse(analysis.problem, network, [each.output for each in ignored]):
        return Verdict.REFUSED, network
    return _met(analysis.graph, analysis.constraints, network, ignored), network


def _past(fault: Fault, network: Network | None) -> str:
    """What to say if a call behind, or the loss, is what Keras refuses now, and all before is as expected.

    Inside a `call` every layer is there, so that a second fault shows at once; a builder stops at the first.
    """
    said = "" if network is None else _comes_to(fault, network)
    if network is None or not said:
        return ""
    left = [*_unreached(fault, network), *_ignored(fault)]
    return said if fault.constraints.met(observed(fault.graph, network), left) else ""


def _comes_to(fault: Fault, network: Network) -> str:
    """How far a pass comes that gets past the refused call: to another one that was not made before, or to the loss."""
    refused = fault.graph.refused
    known, made = _calls_in(fault.graph.network), _calls_in(network)
    if refused is None or (refused.call.identity, refused.call.number) not in made:
        return ""
    failed = next((call for call in reversed(network.calls) if call.failure is not None), None)
    if failed is None:
        return COMES_TO_TARGETS if keeps_samples(fault.analysis.problem, network) else ""
    return "" if (failed.identity, failed.number) in known else GETS_PAST


def _calls_in(network: Network) -> set[tuple[object, int]]:
    return {(call.identity, call.number) for call in network.calls}


def _ignored(fault: Fault) -> list[Constraint]:
    """What layers need not give yet."""
    return [each for each in fault.ignored if isinstance(each, Constraint)]


def _unreached(fault: Fault, network: Network) -> list[Constraint]:
    """The constraints on calls that the network does not come to."""
    made = {(call.identity, call.number) for call in network.calls if call.failure is None}
    call = fault.graph.call
    return [
        each
        for each in fault.constraints.all
        if each.call is not None and (call(each.call).identity, call(each.call).number) not in made
    ]


def _met(graph: Graph, constraints: Constraints, network: Network, ignored: Sequence[Constraint]) -> Verdict:
    """Whether the constraints hold in the rerun network."""
    scenario = observed(graph, network)
    if not constraints.met(scenario, ignored):
        return Verdict.REFUSED
    return Verdict.BUILDS if constraints.is_known(scenario) else Verdict.UNKNOWN
