"""Other values that would do in the place of a suggestion, each of which stands the proof that the suggestion stood."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.causes import edits_of
from shapeguard.diagnosis.evaluated import Verdict
from shapeguard.diagnosis.scoring import weights
from shapeguard.diagnosis.verification import prove
from shapeguard.source.value_equality import same_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapeguard.diagnosis.evaluated import Evaluated
    from shapeguard.diagnosis.faults import Fault
    from shapeguard.records.findings import Edit

MOST = 3
"""Of one cause: Keras rebuilds no more than these."""


def alternatives(
    chosen: Evaluated, found: Sequence[Evaluated], fault: Fault, earlier: Sequence[Evaluated] = ()
) -> tuple[object, ...]:
    """Other values for the same blame, the most plausible first; beside a verified suggestion verified ones alone.

    Beside one that is only possible they are those that Keras does not refuse. `earlier` are repairs of other faults
    that are made too.
    """
    near: dict[str, tuple[object, Evaluated]] = {}
    for value, other in _near(chosen, found, fault):
        near.setdefault(repr(value), (value, other))
        if len(near) == MOST:
            break
    return tuple(value for value, other in near.values() if _stands(other, chosen, fault, earlier))


def _near(chosen: Evaluated, found: Sequence[Evaluated], fault: Fault) -> Iterator[tuple[object, Evaluated]]:
    """(value, repair) of the others that are hardly less plausible and differ from the suggestion in one value."""
    key, limit = chosen.repair.key, chosen.score + weights.ALTERNATIVES_WITHIN
    near = [each for each in found if each is not chosen and each.score <= limit and each.repair.key == key]
    edits = edits_of(fault.analysis, chosen.repair) if near else ()
    for other in near:
        others = edits_of(fault.analysis, other.repair)
        if _is_one_value(edits, others):
            yield others[0].suggestion, other


def _is_one_value(edits: Sequence[Edit], others: Sequence[Edit]) -> bool:
    """Whether the same value stands in the place of the first edit's wherever edits differ: no more is printed."""
    if len(edits) != len(others) or same_value(edits[0].suggestion, others[0].suggestion):
        return False
    old, new = repr(edits[0].suggestion), repr(others[0].suggestion)
    return all(
        (edit.layer, edit.argument) == (other.layer, other.argument)
        and (
            repr(edit.suggestion) == repr(other.suggestion)
            or (edit.argument, repr(edit.suggestion), repr(other.suggestion)) == (edits[0].argument, old, new)
        )
        for edit, other in zip(edits, others, strict=True)
    )


def _stands(other: Evaluated, chosen: Evaluated, fault: Fault, earlier: Sequence[Evaluated]) -> bool:
    if not fault.budget.may_prove_alternative(len(other.scenario.shapes)):
        return not chosen.is_verified
    proved = prove(other, fault, tuple(earlier))
    return proved.is_verified if chosen.is_verified else proved.verdict is not Verdict.REFUSED
