"""The fixes of faults that follow one another, tried until the program comes through its first step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shapeguard.cli.candidates import candidates
from shapeguard.cli.edited_files import EditedFiles
from shapeguard.cli.proofs import tried
from shapeguard.source.files import SourceError
from shapeguard.source.fixing import is_ambiguous, plan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.cli.dry_run import DryRun
    from shapeguard.cli.prover import Prover
    from shapeguard.records.findings import Cause

_UNCHANGED = EditedFiles()


@dataclass(frozen=True, slots=True)
class Chain:
    """Fixes made one after the other, and what came of the program with all of them.

    `passes`: it comes through its first step and meets every expectation, as `proof` says in words. `left` says of
    the faults of the last run why they are not fixed.
    """

    result: DryRun
    files: EditedFiles = _UNCHANGED
    causes: tuple[Cause, ...] = ()
    passes: bool = False
    proof: str = ""
    left: tuple[str, ...] = ()


def longest(result: DryRun, prover: Prover) -> Chain:
    """The chain from a result with a fault; one that passes, else the longest that gets past faults."""
    return _continued(Chain(result), prover)


def _continued(chain: Chain, prover: Prover) -> Chain:
    deepest = chain
    reasons: list[str] = []
    for causes in _steps(chain):
        outcome = tried(chain.result, prover, causes, chain.files)
        if outcome is None and prover.limit:
            break
        if outcome is None:
            continue
        trial, after, files = outcome
        step = Chain(after, files, (*chain.causes, *causes), trial.verdict == "passes", trial.proof)
        deeper = step if trial.verdict != "past" else _continued(step, prover)
        if deeper.passes:
            return deeper
        if trial.verdict == "past":
            deepest = max(deepest, deeper, key=lambda each: len(each.causes))
        else:
            reasons.append(f"{_name(chain.result)}: {trial.proof}")
    if deepest is not chain:
        return deepest
    return replace(chain, left=tuple(dict.fromkeys(reasons)) or plan(chain.result.report.diagnoses).left)


def _name(result: DryRun) -> str:
    first = result.report.diagnoses[0]
    return f"[{first.code}] layer {first.layer!r}"


def _steps(chain: Chain) -> Iterator[tuple[Cause, ...]]:
    """The fixes to try next: those of all faults together where each has one that is certain, else of the first."""
    diagnoses = chain.result.report.diagnoses
    if len(diagnoses) > 1 and not plan(diagnoses, jointly=True).left:
        yield tuple(diagnosis.causes[0] for diagnosis in diagnoses)
    if diagnoses and not is_ambiguous(diagnoses[0]):
        for candidate, _ in candidates(chain.result, diagnoses[0], chain.files):
            yield (candidate,)


def without_runs(result: DryRun) -> Chain:
    """What may be written although nothing is run again: the fixes that are proven, each by itself."""
    planned = plan(result.report.diagnoses)
    try:
        files = _UNCHANGED.with_replacements(planned.replacements, result.digests)
    except SourceError as error:
        return Chain(result, left=(*planned.left, str(error)))
    return Chain(result, files, left=planned.left)
