"""What is behind the first `fit` of a script, where it was stopped: read from the source, and not run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from shapeguard.source.files import SourceError, read_source
from shapeguard.static.program import read_program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.cli.dry_run import DryRun
    from shapeguard.records.findings import Diagnosis

_DATA = "SG301"
NOTE = "read from the source: the program was stopped behind its first fit()"


def with_later_lines(dry_run: DryRun, target: str) -> DryRun:
    """The result of a script that came through its first step, with data of a later call that its model does not take.

    Nothing is added where something is wrong already, or where no `fit` was reached from the script's own lines.
    """
    if not dry_run.report.ok or not dry_run.line or dry_run.outcome != "checked":
        return dry_run
    behind = _behind(str(Path(target).resolve()), dry_run.line)
    found = tuple(replace(each, notes=(*each.notes, NOTE)) for each in behind)
    return replace(dry_run, report=replace(dry_run.report, diagnoses=found)) if found else dry_run


def _behind(file: str, line: int) -> Iterator[Diagnosis]:
    """The findings of the source below a line."""
    try:
        text = read_source(file).text
    except SourceError:
        return
    for diagnosis in read_program(file, text).diagnoses:
        place = diagnosis.raised_at
        if diagnosis.code == _DATA and place is not None and place.file == file and place.line > line:
            yield diagnosis
