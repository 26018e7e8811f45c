"""The error code of a diagnosis: what is at fault, and how certain that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shapeguard.diagnosis.constraints import Constraint
    from shapeguard.diagnosis.problem import Problem
    from shapeguard.records.findings import Cause

CODES = {
    "data": "SG301",
    "structure": "SG201",
    "annotation": "SG501",
    "symbol": "SG401",
    "targets": "SG303",
    "loss": "SG303",
}


def code_of(problem: Problem, constraint: Constraint | None, causes: tuple[Cause, ...], layer: str) -> str:
    """The error code that fits the causes."""
    if problem.failure is not None:
        return "SG601" if causes else "SG190"
    if constraint is not None and constraint.target is None:
        return "SG303"
    if not causes:
        return "SG190"
    return CODES.get(causes[0].kind) or _code_of_argument(causes, layer)


def _code_of_argument(causes: tuple[Cause, ...], layer: str) -> str:
    first = causes[0]
    if first.confidence == "possible" and len(causes) > 1:
        return "SG103"
    if len(first.edits) > 1:
        return "SG104"
    return "SG101" if layer in first.edits[0].layers else "SG102"
