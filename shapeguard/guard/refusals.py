"""What Keras refuses before any shape is there.

A layer in the place of a tensor, a layer's keyword in another call, a function that Keras no longer has, or a tensor
where it takes a number now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.capture import constructions
from shapeguard.diagnosis.former_functions import diagnosis_of_former
from shapeguard.diagnosis.former_states import diagnosis_of_state
from shapeguard.diagnosis.misplaced_keywords import diagnosis_of_misplaced
from shapeguard.diagnosis.uncalled_layers import diagnosis_of_uncalled
from shapeguard.keras_compat.former_backend import missing_function
from shapeguard.report import Report
from shapeguard.source import compiled
from shapeguard.trace.crash_sites import place_of
from shapeguard.trace.former_states import former_state
from shapeguard.trace.misplaced_keywords import refused_keywords
from shapeguard.trace.recorder import failure_of
from shapeguard.trace.uncalled_layers import uncalled_layers

if TYPE_CHECKING:
    from shapeguard.records.findings import Diagnosis


def report_of_refusal(exception: BaseException) -> Report | None:
    """The report of such an exception; `None` of any other."""
    compiled.look_again()
    diagnosis = _of_former(exception) or _of_uncalled(exception) or _of_misplaced(exception) or _of_state(exception)
    return None if diagnosis is None else Report(diagnoses=(diagnosis,))


def _of_uncalled(exception: BaseException) -> Diagnosis | None:
    uncalled = uncalled_layers(exception, constructions.construction_of)
    return diagnosis_of_uncalled(uncalled, failure_of(exception), place_of(exception)) if uncalled else None


def _of_misplaced(exception: BaseException) -> Diagnosis | None:
    refused = refused_keywords(exception)
    if refused is None:
        return None
    place = refused.source, refused.call, refused.misplaced
    return diagnosis_of_misplaced(*place, refused.layer_type, failure_of(exception), place_of(exception))


def _of_state(exception: BaseException) -> Diagnosis | None:
    found = former_state(exception)
    if found is None:
        return None
    layer = found.layer, found.layer_type
    return diagnosis_of_state(found.source, found.call, found.given, layer, failure_of(exception), place_of(exception))


def _of_former(exception: BaseException) -> Diagnosis | None:
    missing = missing_function(exception)
    place = None if missing is None else place_of(missing[0])
    if missing is None or place is None:
        return None
    raised, name = missing
    return diagnosis_of_former(name, place, failure_of(raised))
