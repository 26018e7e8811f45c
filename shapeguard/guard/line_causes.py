"""The causes of a line of the program itself that was refused, the likeliest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.expression_edits import edit_at, line_with
from shapeguard.diagnosis.scoring import line_costs as costs
from shapeguard.records.findings import Cause
from shapeguard.source.constants import assigned_once, value_of
from shapeguard.source.trees import last_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.source.trees import Source
    from shapeguard.trace.refused_lines import OtherLine, RefusedLine

MOST = 3
"""Causes that are told."""
CLOSE = 0.4
"""How much dearer than the likeliest one may be that is told."""


def causes_of(line: RefusedLine) -> tuple[Cause, ...]:
    """What may have been meant, the likeliest first."""
    declared = set(_declared(line.source))
    costs = [(_cost(each, declared), place) for place, each in enumerate(line.others)]
    likely = [place for cost, place in sorted(costs) if cost <= min(costs)[0] + CLOSE]
    return tuple(_cause(line, line.others[place]) for place in likely[:MOST])


def _cost(other: OtherLine, declared: set[tuple[int | None, ...]]) -> float:
    cost: float = costs.WAYS[other.slip.way]
    cost += 0.0 if other.given[:1] == other.largest[:1] else costs.OTHER_SAMPLES
    return cost + (costs.AS_DECLARED if other.given[1:] in declared else 0.0)


def _declared(source: Source) -> Iterator[tuple[int | None, ...]]:
    """The shapes of a sample that the program writes down for what its models are given."""
    constants = assigned_once(source.tree)
    for call in source.calls.values():
        name = last_name(call.func)
        given = [each.value for each in call.keywords if each.arg in {"input_shape", "shape"}]
        given += call.args[:1] if name in {"Input", "InputLayer"} else []
        for each in given:
            shape = value_of(each, constants)
            if isinstance(shape, tuple):
                yield shape


def _cause(line: RefusedLine, other: OtherLine) -> Cause:
    span, text = other.slip.span, other.slip.text
    now = line.source.text(span)
    place = "" if line.function.startswith("<") else f" in `{line.function}`"
    edit = edit_at(line.source, span, text, line.function.strip("<>"), "inputs", line_with(span, text))
    return Cause(
        "inputs",
        (edit,),
        title=f"`{now}`{place} -> `{text}`",
        label="this expression",
        explanation=f"The line gives {other.given} then.",
        proof="the line runs with it; what follows was not run",
    )
