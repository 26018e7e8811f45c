"""What Keras raised, as a diagnosis quotes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.records.findings import Diagnosis

if TYPE_CHECKING:
    from shapeguard.records.findings import Cause
    from shapeguard.records.network import Failure
    from shapeguard.records.source import Span


def original_of(failure: Failure | None) -> str | None:
    """The type and text of an exception; `None` where Keras was silent."""
    return None if failure is None else f"{failure.exception_type}: {failure.text}"


def diagnosis_of_one(
    cause: Cause, layer_type: str, failure: Failure, headline: str, raised_at: Span | None
) -> Diagnosis:
    """The diagnosis of what Keras raised for one cause, which is of the layer of its first edit."""
    return Diagnosis(
        code="SG601",
        layer=cause.edits[0].layer,
        layer_type=layer_type,
        causes=(cause,),
        original=original_of(failure),
        headline=headline,
        raised_at=raised_at,
    )
