"""A report for programs that read little: a finding in at most a thousand bytes, with the edit that mends it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from shapeguard.render.document import SCHEMA_VERSION, plain
from shapeguard.render.wording import working_directory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.records.findings import Cause, Diagnosis, Edit
    from shapeguard.records.source import Span

MOST_BYTES = 1000
_LONGEST_NAME = 80


def brief(diagnoses: Sequence[Diagnosis], *, ok: bool, cwd: str | None = None) -> dict[str, Any]:
    """Returns each finding with its place, its first cause and that cause's edits; without keys that are null.

    Edits that would make a finding longer than `MOST_BYTES` are left out.
    """
    where = working_directory(cwd)
    findings = [_finding(diagnosis, where) for diagnosis in diagnoses]
    return {"schema_version": SCHEMA_VERSION, "ok": ok, "findings": findings}


def _finding(diagnosis: Diagnosis, cwd: str) -> dict[str, Any]:
    cause = next(iter(diagnosis.causes), None)
    first = next(iter(cause.edits), None) if cause is not None else None
    place = _place(_span(diagnosis, first), cwd)
    finding: dict[str, Any] = {
        "code": diagnosis.code,
        "file": place.get("file"),
        "line": place.get("line"),
        "column": place.get("column"),
        "layer": _short((first.layer if first else "") or diagnosis.layer),
        "argument": _short(first.argument) if first else None,
        "edits": _edits(cause, cwd),
        "proven_by": cause.proven_by if cause is not None else None,
    }
    finding = {name: value for name, value in finding.items() if value is not None}
    if len(json.dumps(finding).encode()) > MOST_BYTES:
        del finding["edits"]
    return finding


def _span(diagnosis: Diagnosis, edit: Edit | None) -> Span | None:
    """Where the finding is: at its first edit, else where Keras raised, else where the expectation is declared."""
    own = (edit.span or edit.replaces) if edit is not None else None
    return own or diagnosis.raised_at or diagnosis.declared


def _edits(cause: Cause | None, cwd: str) -> list[dict[str, Any]] | None:
    """The edits as `shapeguard verify` takes them; `None` if the cause has no text for one of them."""
    if cause is None or not cause.edits or any(e.replaces is None or e.replacement is None for e in cause.edits):
        return None
    edits = [{"replaces": _place(edit.replaces, cwd), "replacement": edit.replacement} for edit in cause.edits]
    return [edit for number, edit in enumerate(edits) if edit not in edits[:number]]


def _place(span: Span | None, cwd: str) -> dict[str, Any]:
    return {} if span is None else plain(span, cwd)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 3]}..."
