"""Masks that are not those of the tensors beside them: no layer is to blame for what they were made of."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.diagnosis.expression_edits import THIS_EXPRESSION
from shapeguard.diagnosis.masked_calls import MaskedRule
from shapeguard.diagnosis.proposers.missing_axes import axes_of_masks
from shapeguard.records.findings import Cause

if TYPE_CHECKING:
    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.graph import Node
    from shapeguard.records.findings import Diagnosis


def with_refused_mask(analysis: Analysis, diagnoses: list[Diagnosis]) -> list[Diagnosis]:
    """The diagnoses, with the mask of the refused call as the cause where Keras confirmed nothing else.

    Layers of other sizes would make it fit as well, and other tensors: a mask says nothing about these. What the
    program may have written otherwise where the mask is made stays.
    """
    node = analysis.graph.refused
    reason = None if node is None else _refused(analysis, node)
    if not diagnoses or reason is None or any(each.verified for each in diagnoses[0].causes):
        return diagnoses
    slips = tuple(each for each in diagnoses[0].causes if each.label == THIS_EXPRESSION)
    if slips:
        return [replace(diagnoses[0], causes=slips), *diagnoses[1:]]
    cause = Cause(
        "data",
        (),
        confidence="cause",
        title=reason,
        label="this mask",
        explanation="It is the mask of other tensors than those that it stands beside; look where it is made.",
    )
    return [replace(diagnoses[0], code="SG601", causes=(cause,), tried="", trail=""), *diagnoses[1:]]


def _refused(analysis: Analysis, node: Node) -> str | None:
    """Why the mask of a call is refused, where no index makes it fit."""
    rule, graph = node.rule, analysis.graph
    if not isinstance(rule, MaskedRule) or any(axes_of_masks(graph, node, rule)):
        return None
    shapes = graph.inputs_of(node)
    return next(filter(None, (rule.refused(node.config, shapes, slot) for slot in rule.slots)), None)
