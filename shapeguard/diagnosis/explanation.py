"""The diagnosis of a fault: its causes as users see them, and what else may be wrong than the program."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.diagnosis import construction_text, diagnosis_text
from shapeguard.diagnosis.alternatives import alternatives
from shapeguard.diagnosis.called_models import with_declared_input
from shapeguard.diagnosis.causes import cause_of, edits_of
from shapeguard.diagnosis.confidence import is_far_fetched, is_sure, proven_first
from shapeguard.diagnosis.deduplication import one_per_place
from shapeguard.diagnosis.handed_over import is_of_validation
from shapeguard.diagnosis.made_targets import causes_of_made_targets, made_targets_first
from shapeguard.diagnosis.proposers import wrong_expectations
from shapeguard.diagnosis.proposers.evidence import Say, say_of_targets
from shapeguard.diagnosis.reservations import NO_TEXT
from shapeguard.diagnosis.scoring import weights
from shapeguard.diagnosis.several_outputs import with_first_output
from shapeguard.diagnosis.shifted_targets import causes_of_shifted_targets
from shapeguard.diagnosis.target_causes import Ranked, causes_of_targets

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.constraints import Constraint
    from shapeguard.diagnosis.evaluated import Evaluated
    from shapeguard.diagnosis.faults import Fault
    from shapeguard.records.findings import Cause, Diagnosis


def explain(
    fault: Fault,
    verified: Sequence[Evaluated],
    found: list[Evaluated],
    others: Iterable[Constraint],
    earlier: Sequence[Evaluated] = (),
) -> Diagnosis | None:
    """The diagnosis of a fault; `None` if Keras refused all that was found and the program itself did not raise."""
    analysis, problem = fault.analysis, fault.analysis.problem
    chosen = proven_first(_each_text_once(analysis, one_per_place(verified)), analysis.graph)
    sure = is_sure(chosen, analysis)
    if sure:
        chosen = [each for each in chosen if each.score < chosen[0].score + weights.FAR_BEHIND]
    if found and not chosen and not problem.failure:
        return None
    causes = made_targets_first(fault, _with_targets(fault, chosen, causes_of(fault, chosen, found, earlier)))
    causes = with_declared_input(analysis, causes if sure else _written_first(fault, causes))
    causes = with_first_output(analysis, causes)[: weights.SHOWN]
    if fault.constructions:
        return construction_text.diagnosis(problem, fault.constructions[0], causes)
    diagnosis = diagnosis_text.diagnosis(fault, _names(fault, others), causes)
    if not earlier:
        diagnosis = _or_typo(fault, chosen, diagnosis)
    return replace(diagnosis, advice="" if sure else diagnosis_text.advice(analysis, chosen))


def explain_unsolved(fault: Fault, others: Iterable[Constraint]) -> Diagnosis:
    """The diagnosis of a fault that no change of the program repairs: an annotation that is wrong, or no cause."""
    causes = with_declared_input(fault.analysis, _with_targets(fault, (), ()))
    if not causes and not fault.analysis.inputs.conflicts():
        causes = causes_of_shifted_targets(fault) or causes_of_made_targets(fault)
    diagnosis = diagnosis_text.diagnosis(fault, _names(fault, others), causes)
    if diagnosis.layer_type == "Input":
        return replace(diagnosis, code="SG301", tried="")
    doubt = wrong_expectations.wrong_annotation(fault)
    if doubt is None or fault.analysis.problem.failure is not None:
        return diagnosis
    return replace(diagnosis, code="SG501", causes=(doubt,), tried="", trail="")


def causes_of(
    fault: Fault, chosen: Sequence[Evaluated], found: Sequence[Evaluated] = (), earlier: Sequence[Evaluated] = ()
) -> tuple[Cause, ...]:
    """The causes, with other values of the same blame among what was found."""
    sure = is_sure(chosen, fault.analysis)
    return tuple(
        cause_of(fault.analysis, each, sure=sure and place == 0, also=alternatives(each, found, fault, earlier))
        for place, each in enumerate(chosen)
    )


def _each_text_once(analysis: Analysis, chosen: Sequence[Evaluated]) -> list[Evaluated]:
    """The repairs without those that write the same as one before."""
    written = [frozenset((e.replaces, e.replacement) for e in edits_of(analysis, each.repair)) for each in chosen]
    return [
        each
        for place, each in enumerate(chosen)
        if (None, None) in written[place] or written[place] not in written[:place]
    ]


def with_texts(diagnosis: Diagnosis) -> Diagnosis:
    """The diagnosis; no cause in it is verified that no text in the source makes, so that nobody can apply it."""
    return replace(
        diagnosis, causes=tuple(cause if _has_text(cause) else _unproved(cause) for cause in diagnosis.causes)
    )


def _written_first(fault: Fault, causes: tuple[Cause, ...]) -> tuple[Cause, ...]:
    """A layer that no text puts in comes behind what is verified: of what Keras refused, that is the answer."""
    is_refused = fault.analysis.problem.failure is not None and not fault.constructions
    if not is_refused or not any(cause.verified and _has_text(cause) for cause in causes):
        return causes
    return tuple(sorted(causes, key=lambda cause: _is_put_in(cause) and not _has_text(cause)))


def _is_put_in(cause: Cause) -> bool:
    return bool(cause.edits) and cause.edits[0].argument in {"insert_before", "insert_after"}


def _has_text(cause: Cause) -> bool:
    return all(edit.replaces is not None and edit.replacement is not None for edit in cause.edits)


def _unproved(cause: Cause) -> Cause:
    return replace(cause, proven_by=None, proof=NO_TEXT) if cause.verified else cause


def _names(fault: Fault, others: Iterable[Constraint]) -> tuple[str, ...]:
    """The layers of which something else is expected that fails for the same reason."""
    own = fault.outputs[0].call if fault.outputs else None
    return tuple(dict.fromkeys(constraint.layer for constraint in others if constraint.call != own))


def _with_targets(fault: Fault, chosen: Sequence[Evaluated], causes: tuple[Cause, ...]) -> tuple[Cause, ...]:
    """The causes, and targets and losses among them where others would do, each by how far-fetched it is.

    The loss alone where no change of the network could make it the right one.
    """
    others = causes_of_targets(fault)
    certain = next((each.cause for each in others if each.cause.confidence == "cause"), None)
    if certain is not None or not others:
        return causes if certain is None else (certain,)
    feed = fault.analysis.problem.feed
    if feed is not None and is_of_validation(feed):
        return tuple(each.cause for each in others)
    return _ranked_together(chosen, causes, others)


def _ranked_together(
    chosen: Sequence[Evaluated], causes: tuple[Cause, ...], others: Sequence[Ranked]
) -> tuple[Cause, ...]:
    """The most likely of both kinds; each is only possible, unless a change of the network is clearly the best."""
    own = [Ranked(cause, each.score) for cause, each in zip(causes, chosen, strict=True)]
    ranked = sorted([*own, *others], key=lambda each: each.score)
    if own and ranked[0] is own[0] and others[0].score - own[0].score >= weights.MARGIN:
        return tuple(each.cause for each in ranked[: weights.SHOWN])
    return tuple(replace(each.cause, confidence="possible") for each in ranked[: weights.SHOWN])


def _or_typo(fault: Fault, chosen: Sequence[Evaluated], diagnosis: Diagnosis) -> Diagnosis:
    """One annotation that alone disagrees, and only far-fetched changes of the program would meet it.

    Where the targets are made for what was seen, every change was found against them, and none is shown.
    """
    is_alone = len(fault.outputs) == 1 and fault.graph.refused is None and fault.analysis.problem.failure is None
    if not is_alone or not chosen:
        return diagnosis
    by_targets = bool(fault.ignored) and say_of_targets(fault, fault.outputs[0]) is Say.OTHER
    is_far = by_targets or (not fault.ignored and is_far_fetched(chosen[0], diagnosis.axes))
    doubt = wrong_expectations.wrong_annotation(fault) if is_far else None
    if doubt is None:
        return diagnosis
    if by_targets:
        return replace(diagnosis, code="SG501", causes=(doubt,), trail="")
    rest = tuple(replace(cause, confidence="possible") for cause in diagnosis.causes)
    return replace(diagnosis, code="SG501", causes=(replace(doubt, confidence="possible"), *rest)[: weights.SHOWN])
