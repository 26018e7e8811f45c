"""From a pass that is not as expected to diagnoses: propose, evaluate, rank, verify, explain; each fault once."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from shapeguard.diagnosis import batch_axes, batching, diagnosis_text, explanation, weights_text
from shapeguard.diagnosis.analysis import Analysis
from shapeguard.diagnosis.broken_promises import diagnosis_of_promise
from shapeguard.diagnosis.data_edits import are_targets_alike
from shapeguard.diagnosis.data_ways import with_way
from shapeguard.diagnosis.dataset_faults import diagnosis_of_dataset
from shapeguard.diagnosis.dataset_makers import with_maker
from shapeguard.diagnosis.declared_batches import diagnosis_of_batch_size
from shapeguard.diagnosis.evaluation import evaluate
from shapeguard.diagnosis.faults import Fault
from shapeguard.diagnosis.independent_faults import as_one, one_by_one, other_side
from shapeguard.diagnosis.mapped_functions import diagnosis_of_mapped_function, with_mapped_functions
from shapeguard.diagnosis.missed_indices import diagnosis_of_index, larger_tables, missed_in
from shapeguard.diagnosis.mixed_samples import mixed_samples
from shapeguard.diagnosis.named_parts import diagnosis_of_keys, diagnosis_of_names
from shapeguard.diagnosis.object_arrays import diagnosis_of_objects
from shapeguard.diagnosis.order_of_data import diagnosis_of_order
from shapeguard.diagnosis.parts_of_batch import diagnosis_of_parts
from shapeguard.diagnosis.problem import Findings
from shapeguard.diagnosis.proposers.conflicting_symbols import conflicting_symbol, symbol_note
from shapeguard.diagnosis.proposers.order import BATCH_PROPOSERS, PROPOSERS, Proposer, Stage, propose
from shapeguard.diagnosis.proposers.wrong_expectations import batch_size
from shapeguard.diagnosis.ranking import in_order, rank
from shapeguard.diagnosis.refused_masks import with_refused_mask
from shapeguard.diagnosis.refused_targets import refused_beside_outputs
from shapeguard.diagnosis.reservations import AGAINST_EXPECTATION
from shapeguard.diagnosis.single_calls import diagnosis_of_one_sample
from shapeguard.diagnosis.target_causes import with_right_targets
from shapeguard.diagnosis.uncollected import uncollected
from shapeguard.diagnosis.unequal_lengths import unequal_lengths
from shapeguard.diagnosis.verification import verify
from shapeguard.diagnosis.whole_sets import diagnosis_of_whole_set
from shapeguard.records.findings import Search

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from shapeguard.diagnosis.constraints import Constraint
    from shapeguard.diagnosis.evaluated import Evaluated
    from shapeguard.diagnosis.problem import Problem
    from shapeguard.diagnosis.weight_shapes import WeightCheck
    from shapeguard.records.findings import Diagnosis

    Solve = Callable[..., list[Evaluated]]

SEARCH = (Stage.ONE_CHANGE, Stage.IF_NOTHING_DID, Stage.TWO_CHANGES)


def diagnose(problem: Problem, proposers: Iterable[Proposer] = PROPOSERS) -> Findings:
    """The causes of everything that is wrong in a pass, each fault once, consequences suppressed."""
    with uncollected(), _closing(Analysis.of(problem)) as analysis:
        handed = diagnosis_of_objects(analysis) or diagnosis_of_dataset(analysis) or _of_shape_of_data(analysis)
        handed = handed or diagnosis_of_one_sample(analysis) or _of_handed(analysis) or mixed_samples(analysis)
        handed = handed or diagnosis_of_mapped_function(analysis) or diagnosis_of_promise(analysis)
        if handed:
            handed = with_mapped_functions(analysis, handed)
            return Findings(tuple(map(explanation.with_texts, handed)), Search())
        solve = partial(_solve, BATCH_PROPOSERS if problem.network.batches is not None else tuple(proposers))
        of_outputs = with_mapped_functions(analysis, _of_outputs(analysis, solve))
        diagnoses = [*with_refused_mask(analysis, of_outputs), *batch_size(problem)]
        of_weights, consequences = _of_weights(analysis, solve, diagnoses)
        configs = {index: node.config for index, node in analysis.graph.nodes.items() if node.config}
        told = tuple(map(explanation.with_texts, (*diagnoses, *of_weights)))
        return Findings(told, analysis.budget.record, configs, tuple(consequences))


def _solve(proposers: Sequence[Proposer], fault: Fault, stages: Sequence[Stage] = SEARCH) -> list[Evaluated]:
    """What meets every constraint of a fault as far as formulas tell, the most plausible first."""
    found: list[Evaluated] = []
    for stage in stages:
        if not stage.is_needed(found):
            continue
        survivors, rejected = [], []
        for repair in propose(fault, stage, proposers):
            evaluated = evaluate(repair, fault)
            if evaluated.satisfies:
                survivors.append(evaluated)
            elif evaluated.tears_a_merge:
                rejected.append(evaluated)
        found = in_order([*found, *rank(survivors, fault)]) if found else rank(survivors, fault)
        fault = fault.after(rejected)
    return found


def _explained(fault: Fault, found: list[Evaluated], others: Sequence[Constraint], solve: Solve) -> Diagnosis:
    """The diagnosis of a fault by what was found for it; `others` are constraints that fail for the same reason."""
    verified = verify(found, fault)
    return explanation.explain(fault, verified, found, others) or _unsolved(fault, others, solve)


def _of_outputs(analysis: Analysis, solve: Solve) -> list[Diagnosis]:
    """All constraints at once; else those of the user alone; else one fault after the other."""
    violated, accepted = analysis.violated, analysis.accepted
    if not violated and not accepted:
        return _of_index(analysis) or _of_data(analysis, solve) or _of_refused_step(analysis)
    if _is_of_data_alone(analysis):
        return _of_conflicts(analysis, solve)
    whole = Fault(analysis, analysis.graph, (*violated, *accepted))
    found = solve(whole)
    if found:
        return _beside_data(whole, _explained(whole, found, violated[1:], solve), solve)
    of_user = _of_user_alone(whole)
    found = solve(of_user) if of_user is not None else []
    if of_user is not None and found:
        return [_explained(of_user, found, of_user.outputs[1:], solve)]
    if len(violated) > 1:
        return _of_several(analysis, solve)
    return _beside_data(whole, _unsolved(whole, (), solve), solve)


def _beside_data(fault: Fault, diagnosis: Diagnosis, solve: Solve) -> list[Diagnosis]:
    """Targets that are wrong in their form alone, and before them the data of an input, if that is wrong as well.

    The data is judged beside targets that are right.
    """
    first = next(iter(diagnosis.causes), None)
    is_apart = first is not None and first.kind in {"loss", "targets"} and not fault.analysis.accepted
    feed = with_right_targets(fault) if is_apart and fault.analysis.inputs.conflicts() else None
    if feed is None:
        return [diagnosis]
    with _closing(Analysis.of(replace(fault.analysis.problem, feed=feed))) as apart:
        return [*_of_conflicts(apart, solve), diagnosis]


def _of_refused_step(analysis: Analysis) -> list[Diagnosis]:
    """What Keras refused although every shape is as the network takes it."""
    return refused_beside_outputs(analysis) or diagnosis_of_names(analysis) or diagnosis_of_batch_size(analysis)


def _of_index(analysis: Analysis) -> list[Diagnosis]:
    """A number that a table with a row for each has no row for, which no shape shows."""
    missed = missed_in(analysis)
    if missed is None:
        return []
    fault = Fault(analysis, analysis.graph, ignored=analysis.violated)
    found = _solve((Proposer(lambda _: larger_tables(missed)),), fault, SEARCH[:1])
    return [diagnosis_of_index(analysis, missed, explanation.causes_of(fault, verify(found, fault)))]


def _is_of_data_alone(analysis: Analysis) -> bool:
    """Whether nothing of the user's is violated, and what the targets require is so because they are the data."""
    of_targets = not analysis.accepted and all(each.target is None for each in analysis.violated)
    return of_targets and are_targets_alike(analysis)


def _of_batch_axis(analysis: Analysis) -> list[Diagnosis]:
    """The data lacks a batch axis or has two, and nothing is wrong but what comes of that."""
    violated = analysis.violated
    is_wrong = bool(violated) or analysis.problem.failure is not None
    wrong = batch_axes.misbatched(analysis.inputs) if is_wrong and all(each.target is None for each in violated) else []
    return [batching.diagnosis(analysis, wrong)] if wrong else []


def _of_shape_of_data(analysis: Analysis) -> list[Diagnosis]:
    """A batch axis that is missing or too many, or arrays of different lengths, and the operation that made them so."""
    diagnoses = _of_batch_axis(analysis) or unequal_lengths(analysis)
    return [replace(each, causes=with_way(analysis, each.causes)) for each in diagnoses]


def _of_handed(analysis: Analysis) -> list[Diagnosis]:
    """Inputs and targets that fit the model in other places than those where they are handed over, or all at once."""
    handed = diagnosis_of_keys(analysis) or diagnosis_of_parts(analysis) or diagnosis_of_order(analysis)
    return handed or diagnosis_of_whole_set(analysis)


def _of_user_alone(whole: Fault) -> Fault | None:
    """The fault without what targets and built weights require; `None` if that is all or nothing."""
    inferred = tuple(each for each in whole.constraints.all if each.target is None and not each.is_fixed)
    own = tuple(each for each in whole.outputs if each.target is not None)
    accepted = whole.analysis.accepted
    return Fault(whole.analysis, whole.graph, (*own, *accepted), inferred) if inferred and (own or accepted) else None


def _of_data(analysis: Analysis, solve: Solve) -> list[Diagnosis]:
    """The data is not what an input of the model declares, and Keras refused it."""
    return _of_conflicts(analysis, solve) if analysis.problem.failure is not None else []


def _of_conflicts(analysis: Analysis, solve: Solve) -> list[Diagnosis]:
    """The data is not what an input of the model declares."""
    conflicts = analysis.inputs.conflicts()
    if not conflicts:
        return []
    fault = Fault(analysis, analysis.graph, ignored=analysis.violated)
    found = solve(fault, SEARCH[:2])
    causes = with_maker(analysis, with_way(analysis, explanation.causes_of(fault, verify(found, fault))))
    node, fed = conflicts[0]
    return [diagnosis_text.diagnosis_of_data(analysis.problem, analysis.inputs, node, fed, causes)]


def _of_several(analysis: Analysis, solve: Solve) -> list[Diagnosis]:
    """No single repair does: the first fault is repaired, then what is still wrong, until all holds.

    Repairs of one argument in several layers are one cause; others are faults of their own.
    """
    violated = analysis.violated
    steps = one_by_one(analysis, partial(solve, stages=SEARCH[:2]))
    together = as_one(analysis, steps)
    if together is not None:
        whole = Fault(analysis, analysis.graph, (*violated, *analysis.accepted))
        return [_explained(whole, [together], violated[1:], solve)]
    diagnoses = []
    for place, step in enumerate(steps):
        others = tuple(each for each in violated if each is not step.first and each not in step.dependent)
        fault = Fault(analysis, analysis.graph, (step.first,), others)
        earlier = tuple(before.found[0] for before in steps[:place] if before.found)
        if not step.found:
            diagnoses.append(_unsolved(fault, step.dependent, solve))
            continue
        verified = verify(step.found, fault, earlier)
        diagnosis = explanation.explain(fault, verified, step.found, step.dependent, earlier)
        diagnoses.append(diagnosis or _unsolved(fault, step.dependent, solve))
    return diagnoses


def _unsolved(fault: Fault, others: Sequence[Constraint], solve: Solve) -> Diagnosis:
    """No change of the program helps: other expectations, a symbol with two sizes, an annotation, or no cause."""
    against = _against_own_layer(fault, others, solve)
    if against is not None:
        return against
    turned = other_side(fault)
    found = solve(turned) if turned is not None else []
    if turned is not None and found:
        diagnosis = _explained(turned, found, turned.outputs[1:], solve)
        note = symbol_note(turned, fault.outputs[0])
        if diagnosis.causes:
            return replace(diagnosis, notes=(*diagnosis.notes, note))
    return conflicting_symbol(fault) or explanation.explain_unsolved(fault, others)


def _against_own_layer(fault: Fault, others: Sequence[Constraint], solve: Solve) -> Diagnosis | None:
    """What the targets ask of a layer of which the user expects something else, so that one of the two is wrong."""
    first = next(iter(fault.outputs), None)
    if first is None or first.target is not None:
        return None
    own = tuple(e for e in fault.constraints.all if e.target is not None and e.call == first.call)
    apart = Fault(fault.analysis, fault.graph, fault.violated, (*fault.ignored, *own))
    found = solve(apart, SEARCH[:1]) if own else []
    diagnosis = explanation.explain(apart, verify(found, apart), found, others) if found else None
    if diagnosis is None:
        return None
    causes = (
        replace(each, confidence="possible", proven_by=None, proof=AGAINST_EXPECTATION) for each in diagnosis.causes
    )
    return replace(diagnosis, causes=tuple(causes))


def _of_weights(
    analysis: Analysis, solve: Solve, diagnoses: Sequence[Diagnosis]
) -> tuple[list[Diagnosis], list[WeightCheck]]:
    """One diagnosis per layer whose weights are not as expected, and the checks that fail for another reason.

    What the first cause of an earlier diagnosis would fix as well is a consequence of it.
    """
    found: list[Diagnosis] = []
    consequences: list[WeightCheck] = []
    wrong = analysis.wrong_weights
    while wrong:
        group = [check for check in wrong if analysis.layer_of(check) is analysis.layer_of(wrong[0])]
        fault = Fault(analysis, analysis.graph, tuple(group), tuple(analysis.constraints.violated))
        repairs = verify(solve(fault, (Stage.WEIGHTS,)), fault)
        fixed = [check for check, _ in repairs[0].fixed_weights] if repairs else group
        if weights_text.is_blamed(analysis, repairs, diagnoses):
            consequences += group
        else:
            found.append(weights_text.diagnosis(fault, repairs))
            consequences += [check for check in fixed if check not in group]
        wrong = [check for check in wrong if check not in group and check not in fixed]
    return found, consequences


@contextmanager
def _closing(analysis: Analysis) -> Iterator[Analysis]:
    """Lets go of the scenarios in the end, which hold one another."""
    try:
        yield analysis
    finally:
        analysis.caches.clear()
