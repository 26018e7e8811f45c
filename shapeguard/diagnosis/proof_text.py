"""What Keras proved of a change, in words, or why it proved nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.evaluated import Evaluated


def proof_text(analysis: Analysis, evaluated: Evaluated) -> str:
    """What Keras proved of a change, and without which data; or why it could not."""
    if not evaluated.is_verified:
        return _doubt(analysis, evaluated)
    violated = [constraint for constraint in analysis.constraints.violated if constraint.target is not None]
    if not violated:
        return f"builds, {evaluated.unseen}" if evaluated.unseen else "the model builds and accepts the data"
    constraint = violated[0]
    shape = analysis.constraints.shape(constraint.values[0], evaluated.scenario) if constraint.values else None
    met = f"'{constraint.layer}' becomes {shape}" if shape is not None else "every expectation is met"
    return f"builds, {evaluated.unseen}: {met}" if evaluated.unseen else met


def _doubt(analysis: Analysis, evaluated: Evaluated) -> str:
    """Why Keras could not prove a change, or what it proved instead."""
    if evaluated.reservation:
        return evaluated.reservation
    behind = min(evaluated.scenario.crossed_opaque, default=None)
    if behind is None:
        return ""
    call = analysis.graph.nodes[behind].call
    return f"no formula for the output shape of '{call.layer}' ({call.layer_type})"
