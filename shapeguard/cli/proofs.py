"""Proves the causes of a report by running the program with their edits in its text."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.cli.candidates import candidates, may_be_proven
from shapeguard.cli.edited_files import EditedFiles
from shapeguard.cli.trials import judge
from shapeguard.source.files import SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.cli.dry_run import DryRun
    from shapeguard.cli.prover import Prover
    from shapeguard.cli.trials import Trial
    from shapeguard.records.findings import Cause, Diagnosis, Edit

    Outcome = tuple[Trial, DryRun, EditedFiles]

_RANKS = {"passes": 0, "past": 1, "otherwise": 2, "same": 3}
_UNCHANGED = EditedFiles()
_TOGETHER = "with the fixes of all faults, "


def proven(dry_run: DryRun, prover: Prover, files: EditedFiles = _UNCHANGED) -> DryRun:
    """The result with what runs of the program prove of the first fault's causes, those that pass first.

    `files` are those that its text differs in from what is on the disk, as its edits do. Of several faults the first
    causes are proven together. A fix that leaves the fault where it was is left out.
    """
    report = dry_run.report
    if not report.diagnoses or not report.diagnoses[0].causes or report.diagnoses[0].causes[0].verified:
        return dry_run
    others = report.diagnoses[1:]
    diagnoses = _together(dry_run, prover, files) if others else (_one_by_one(dry_run, prover, files),)
    return replace(dry_run, report=replace(report, diagnoses=diagnoses))


def tried(dry_run: DryRun, prover: Prover, causes: Sequence[Cause], files: EditedFiles) -> Outcome | None:
    """What comes of the causes' edits in `files`; `None` if they cannot be made there, or nothing may run again."""
    try:
        edited = files.with_causes(causes, dry_run.digests)
    except SourceError as error:
        prover.skipped.append(str(error))
        return None
    after = prover.run(edited.texts)
    if after is None:
        return None
    trial = judge(dry_run, after, causes)
    if trial.verdict == "unknown":
        prover.limit = trial.proof
        return None
    return trial, after, edited


def _one_by_one(dry_run: DryRun, prover: Prover, files: EditedFiles) -> Diagnosis:
    """The diagnosis with its causes in the order that the runs show; the first that passes ends them."""
    diagnosis = dry_run.report.diagnoses[0]
    shown = {id(cause): (0 if cause.verified else _RANKS["past"], cause) for cause in diagnosis.causes}
    for candidate, cause in candidates(dry_run, diagnosis, files):
        outcome = None if candidate.verified else tried(dry_run, prover, (candidate,), files)
        if candidate.verified or (outcome is None and prover.limit):
            break
        if outcome is None or (candidate is not cause and outcome[0].verdict != "passes"):
            continue
        proven_cause, outcome = _with_next_value(candidate, outcome, dry_run, prover, files)
        shown[id(cause)] = _RANKS[outcome[0].verdict], with_proof(proven_cause, outcome[0], dry_run)
        if outcome[0].verdict == "passes":
            break
    return _reordered(diagnosis, list(shown.values()))


def _with_next_value(
    cause: Cause, outcome: Outcome, dry_run: DryRun, prover: Prover, files: EditedFiles
) -> tuple[Cause, Outcome]:
    """The cause with the value that the next fault asks of the same argument, if that passes; else as it is.

    An `input_shape` was chosen before any data was seen, and the run has come to the data.
    """
    other = _other_value(cause, outcome[1]) if outcome[0].verdict == "past" else None
    again = None if other is None else tried(dry_run, prover, (other,), files)
    if other is None or again is None or again[0].verdict != "passes":
        return cause, outcome
    return other, again


def _other_value(cause: Cause, after: DryRun) -> Cause | None:
    """The cause with the value of the first cause of what comes after it; `None` if that changes something else."""
    diagnosis = after.report.diagnoses[0]
    if len(cause.edits) != 1 or not diagnosis.causes or len(diagnosis.causes[0].edits) != 1:
        return None
    now, then = cause.edits[0], diagnosis.causes[0].edits[0]
    if (now.layer, now.argument) != (then.layer, then.argument) or not _is_at(now, then):
        return None
    edit = replace(now, suggestion=then.suggestion, replacement=then.replacement, corrected=then.corrected)
    return replace(cause, edits=(edit,))


def _is_at(now: Edit, then: Edit) -> bool:
    """Whether an edit of the edited text replaces exactly what the one before has written there."""
    if now.replaces is None or then.replaces is None or not now.replacement or then.replacement is None:
        return False
    start, end = now.replaces, then.replaces
    if "\n" in now.replacement or (start.file, start.line, start.column) != (end.file, end.line, end.column):
        return False
    return (end.end_line, end.end_column) == (start.line, start.column + len(now.replacement))


def _reordered(diagnosis: Diagnosis, ranked: list[tuple[int, Cause]]) -> Diagnosis:
    """The diagnosis with the causes by rank; without those that leave the fault where it is, if others are left."""
    kept = [each for each in ranked if each[0] < _RANKS["same"]] or ranked
    causes = tuple(cause for _, cause in sorted(kept, key=lambda each: each[0]))
    if ranked[0][0] >= _RANKS["otherwise"] and diagnosis.causes[0].confidence == "cause":
        causes = tuple(replace(cause, confidence="possible") for cause in causes)
    return replace(diagnosis, causes=_with_one_ahead(causes))


def _with_one_ahead(causes: tuple[Cause, ...]) -> tuple[Cause, ...]:
    """The causes; only the first may be clearly ahead."""
    return (causes[0], *(replace(cause, confidence="possible") for cause in causes[1:]))


def with_proof(cause: Cause, trial: Trial, dry_run: DryRun) -> Cause:
    """The cause with what a run has shown of it; other values of it have not been run."""
    if trial.verdict != "passes":
        return replace(cause, proof=trial.proof)
    return replace(cause, proven_by="rebuilt" if dry_run.reached == "model" else "run", proof=trial.proof, also=())


def _together(dry_run: DryRun, prover: Prover, files: EditedFiles) -> tuple[Diagnosis, ...]:
    """The diagnoses; where their first causes pass together, these say so, though none does alone."""
    diagnoses = dry_run.report.diagnoses
    causes = [diagnosis.causes[0] for diagnosis in diagnoses if diagnosis.causes]
    if len(causes) < len(diagnoses) or not all(may_be_proven(cause, dry_run) for cause in causes):
        return diagnoses
    outcome = tried(dry_run, prover, causes, files)
    if outcome is None or outcome[0].verdict != "passes":
        return diagnoses
    proof = _TOGETHER + outcome[0].proof
    return tuple(replace(each, causes=(replace(each.causes[0], proof=proof), *each.causes[1:])) for each in diagnoses)
