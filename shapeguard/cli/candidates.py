"""Which fixes of a fault are worth a run of the program."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.linting.linter import lint_source
from shapeguard.linting.rules.keras1_size import RULE
from shapeguard.records.reservations import HALF_WAY, OTHER_FAULTS, PAST
from shapeguard.render.cause_phrases import title_text
from shapeguard.render.wording import counted
from shapeguard.source.files import SourceError, read_source
from shapeguard.source.fixing import is_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.cli.dry_run import DryRun
    from shapeguard.cli.edited_files import EditedFiles
    from shapeguard.records.findings import Cause, Diagnosis, Edit
    from shapeguard.records.source import Span
    from shapeguard.report import Report

_UNFINISHED = PAST | {HALF_WAY, OTHER_FAULTS}
"""What a builder that returns its model settles; whatever else is open there, its data would have to decide."""


def candidates(dry_run: DryRun, diagnosis: Diagnosis, files: EditedFiles) -> Iterator[tuple[Cause, Cause]]:
    """The causes of a fault that a run can prove, in their order, each with the cause of the report that it is.

    Where none is clearly ahead, a slip that the file makes in other calls too comes first, corrected in all of them.
    """
    causes = [cause for cause in diagnosis.causes if may_be_proven(cause, dry_run)]
    is_open = bool(causes) and not causes[0].verified
    for cause in causes if is_open and diagnosis.causes[0].confidence == "possible" else causes[:1] * is_open:
        everywhere = _everywhere(cause, dry_run.report, files)
        if everywhere is not None:
            yield everywhere, cause
            break
    yield from zip(causes, causes, strict=True)


def may_be_proven(cause: Cause, dry_run: DryRun) -> bool:
    """Whether a run can prove the cause."""
    return is_text(cause) and (dry_run.reached != "model" or cause.verified or cause.proof in _UNFINISHED)


def _everywhere(cause: Cause, report: Report, files: EditedFiles) -> Cause | None:
    """The cause with the same slip corrected in the other calls of its files; `None` if it is no such slip, or alone.

    In Keras 1, `Conv2D(32, 3, 3)` was a kernel of 3x3; a program of that time has it in every call.
    """
    own = {edit.replaces for edit in cause.edits}
    slips = [edit for file in sorted({span.file for span in own if span}) for edit in _slips(file, files)]
    others = [_with_layers(edit, report) for edit in slips if edit.replaces not in own]
    if not others or not own & {edit.replaces for edit in slips}:
        return None
    title = f"{title_text(cause)}; the same in {counted(len(others), 'other call')}"
    return replace(cause, edits=(*cause.edits, *others), confidence="cause", title=title)


def _slips(file: str, files: EditedFiles) -> list[Edit]:
    """The edits of the calls in a file, as it is here, that have the form of Keras 1."""
    try:
        text = files.text_of(file) or read_source(file).text
        found = [diagnosis for diagnosis in lint_source(text, file) if diagnosis.code == RULE.code]
    except (SourceError, SyntaxError):
        return []
    edits = [edit for diagnosis in found for cause in diagnosis.causes for edit in cause.edits]
    return [edit for edit in edits if edit.replaces is not None and edit.replacement is not None]


def _with_layers(edit: Edit, report: Report) -> Edit:
    """The edit with the names of the layers that its call has made."""
    span = edit.span
    if span is None:
        return edit
    names = [row.layer for row in report.rows if row.span is not None and _holds(row.span, span)]
    layers = tuple(dict.fromkeys(names))
    return replace(edit, layer=layers[0], layers=layers, span_layers=layers) if layers else edit


def _holds(outer: Span, inner: Span) -> bool:
    return (
        outer.file == inner.file
        and (outer.line, outer.column) <= (inner.line, inner.column)
        and (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)
    )
