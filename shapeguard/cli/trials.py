"""What a run with fixes in the program's text shows: it passes, gets past the fault, or does not."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Literal

from shapeguard.layers import Role, role_of
from shapeguard.layers.close_names import BATCHES, INPUT_SHAPES
from shapeguard.legible import legible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shapeguard.cli.dry_run import DryRun
    from shapeguard.records.findings import Cause, Diagnosis, Row

Verdict = Literal["passes", "past", "same", "otherwise", "unknown"]
PASSED = {
    "fit": "the first step of fit() passes",
    "end": "the program runs to its end",
    "model": "builds, no data seen",
}
"""What it proves that a program came so far, in words."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a run, and in words what that proves of the fix.

    "passes": it came through its first step and met every expectation; "past": it comes to another fault; "same": the
    fault is still there, or one before it; "otherwise": it ended in a way that shapes do not explain; "unknown": the
    program is another one each time.
    """

    verdict: Verdict
    proof: str


def judge(before: DryRun, after: DryRun, causes: Sequence[Cause]) -> Trial:
    """What the run with the edits of these causes shows, after the run without them."""
    if after.outcome == "ended" and not after.failed and before.report.diagnoses[0].original is not None:
        return Trial("passes", PASSED["end"])  # there is no step: Keras refuses nothing of the program any more
    if after.outcome != "checked":
        return Trial("otherwise", f"with it, {_ending(after)}")
    if not after.report.ok:
        return _failed(before, after)
    if not _is_same_program(before, after, causes):
        return Trial("unknown", "its layers have other shapes each time")
    return Trial("passes", PASSED[after.reached])


def _failed(before: DryRun, after: DryRun) -> Trial:
    fault, now = before.report.diagnoses[0], after.report.diagnoses
    if not now or any(_key(each) == _key(fault) for each in now) or _is_earlier(now[0], fault, before.report.rows):
        return Trial("same", "with it, the program comes no further")
    layer = f" in layer {legible(now[0].layer)!r}" if now[0].layer else ""
    return Trial("past", f"gets past this fault; the next is {now[0].code}{layer}")


def _key(diagnosis: Diagnosis) -> tuple[object, ...]:
    """What is the same of one fault in two runs; a layer that was not made has no name of its own, but a line."""
    line = None
    if diagnosis.layer == diagnosis.layer_type and diagnosis.raised_at is not None:
        line = diagnosis.raised_at.line
    return diagnosis.code, diagnosis.layer, diagnosis.layer_type, line


def _is_earlier(now: Diagnosis, fault: Diagnosis, rows: Iterable[Row]) -> bool:
    """Whether Keras refuses a layer now that it had called before it refused the other one, or the data."""
    if now.original is None or fault.original is None or _is_of_data(now):
        return False
    return _is_of_data(fault) or any(row.layer == now.layer and row.status != "not reached" for row in rows)


def _is_of_data(diagnosis: Diagnosis) -> bool:
    """Whether the model was built, and data or targets do not fit it."""
    return diagnosis.code in {"SG301", "SG302", "SG303"} or role_of(diagnosis.layer_type) is Role.INPUT


def _ending(after: DryRun) -> str:
    """How the program ended, in a few words."""
    if after.outcome == "raised":
        last = after.text.rstrip().rpartition("\n")[2]
        return f"the program raises {legible(last)}"
    return legible(after.text.partition("\n")[0])


def _is_same_program(before: DryRun, after: DryRun, causes: Sequence[Cause]) -> bool:
    """Whether the layers before those that change have the shapes that they had: else it is not the edit that counts.

    Data that is converted changes the shapes of all layers, as does another shape of an input that a layer is given.
    """
    arguments = {edit.argument for cause in causes for edit in cause.edits}
    if any(cause.kind not in {"argument", "structure"} for cause in causes) or arguments & {*INPUT_SHAPES, *BATCHES}:
        return True
    changed = _layers(causes)
    rows = takewhile(lambda row: row.layer not in changed, before.report.rows)
    now = {(row.path, row.call): row.actual for row in after.report.rows}
    return all(_may_be_same(row.actual, now.get((row.path, row.call))) for row in rows)


def _layers(causes: Sequence[Cause]) -> set[str]:
    """The layers that the causes change."""
    edits = [edit for cause in causes for edit in cause.edits]
    return {layer for edit in edits for layer in (edit.layer, *edit.layers) if layer}


def _may_be_same(one: object, other: object) -> bool:
    """Whether two shapes are the same but for the batch and sizes that are not known."""
    if not (isinstance(one, tuple) and isinstance(other, tuple)):
        return True
    if len(one) != len(other):
        return False
    pairs = zip(one[1:], other[1:], strict=True)
    return all(a == b or not (isinstance(a, int) and isinstance(b, int)) for a, b in pairs)
