"""The report as SARIF 2.1.0, for code scanning (docs.oasis-open.org/sarif/sarif/v2.1.0)."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from shapeguard.legible import legible
from shapeguard.render import cause_phrases, phrases
from shapeguard.render.text import message
from shapeguard.render.wording import artifact_text, working_directory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.records.findings import Cause, Diagnosis, Edit
    from shapeguard.records.source import Span

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif(diagnoses: Sequence[Diagnosis], *, version: str, cwd: str | None = None) -> dict[str, Any]:
    """Returns a SARIF log: one rule per code, one result per diagnosis, and a fix per verified replacement of text."""
    where = working_directory(cwd)
    names = {diagnosis.code: diagnosis.rule for diagnosis in diagnoses}
    codes = sorted(names)
    driver = {"name": "ShapeGuard", "version": version, "rules": [_rule(code, names[code]) for code in codes]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(diagnosis, codes, where) for diagnosis in diagnoses],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def place_of(diagnosis: Diagnosis) -> Span | None:
    """Returns the one place to show for a diagnosis: the first cause, else where Keras raised, else the declaration."""
    causes = (edit.span for cause in diagnosis.causes[:1] for edit in cause.edits)
    return next((span for span in (*causes, diagnosis.raised_at, diagnosis.declared) if span), None)


def level_of(diagnosis: Diagnosis) -> str:
    """Returns "warning" for a call that is merely suspicious, else "error"."""
    return "warning" if diagnosis.code.startswith("SG7") else "error"


def _rule(code: str, name: str) -> dict[str, Any]:
    text = phrases.CODES.get(code, name or "unexpected shape")
    rule = {
        "id": code,
        "shortDescription": {"text": text[:1].upper() + text[1:]},
        "help": {"text": f"`shapeguard explain {code}` prints the page of this code."},
    }
    return rule | {"name": name} if name else rule


def _result(diagnosis: Diagnosis, codes: Sequence[str], cwd: str) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": diagnosis.code,
        "ruleIndex": codes.index(diagnosis.code),
        "level": level_of(diagnosis),
        "message": {"text": message(diagnosis, cwd=cwd)},
    }
    place = place_of(diagnosis)
    if place:
        result["locations"] = [_location(place, cwd)]
    related = _related(diagnosis, place, cwd)
    if related:
        result["relatedLocations"] = related
    fixes: list[dict[str, Any]] = []
    for fix in (_fix(cause, cwd) for cause in diagnosis.causes if replaceable(cause)):
        if fix not in fixes:  # the schema wants them unique, and a dict has no hash
            fixes.append(fix)
    if fixes:
        result["fixes"] = fixes
    return result


def replaceable(cause: Cause) -> bool:
    """Whether the cause is verified and each of its edits is a replacement of text."""
    return cause.verified and bool(cause.edits) and all(e.replaces and e.replacement is not None for e in cause.edits)


def _related(diagnosis: Diagnosis, place: Span | None, cwd: str) -> list[dict[str, Any]]:
    return [
        {"id": number, **_location(span, cwd), "message": {"text": text}}
        for number, (span, text) in enumerate(related_places(diagnosis, place).items(), 1)
    ]


def related_places(diagnosis: Diagnosis, place: Span | None) -> dict[Span, str]:
    """Returns the other places that a diagnosis is about, each with what it is."""
    spans: dict[Span, str] = {}
    for cause in diagnosis.causes:
        for edit in cause.edits:
            if edit.span:
                spans.setdefault(edit.span, cause_phrases.edit_text(edit))
            for caller in edit.callers:
                spans.setdefault(caller, "called from here")
    if diagnosis.raised_at:
        spans.setdefault(diagnosis.raised_at, "raised here")
    if diagnosis.declared:
        spans.setdefault(diagnosis.declared, "expected shape declared here")
    spans.pop(place, None) if place else None
    return spans


def _location(span: Span, cwd: str) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(span.file, cwd)}, "region": _region(span)}}


def _region(span: Span) -> dict[str, int]:
    """SARIF counts columns from 1 and its `endColumn` is exclusive too."""
    return {
        "startLine": span.line,
        "startColumn": span.column + 1,
        "endLine": span.end_line,
        "endColumn": span.end_column + 1,
    }


def _uri(file: str, cwd: str) -> str:
    text = artifact_text(file, cwd)
    path = PurePath(text)
    return path.as_uri() if path.is_absolute() else quote(text)


def _fix(cause: Cause, cwd: str) -> dict[str, Any]:
    replacements: dict[str, list[dict[str, Any]]] = {}
    for edit in _distinct(cause.edits):
        if edit.replaces is not None:
            replacements.setdefault(_uri(edit.replaces.file, cwd), []).append(
                {"deletedRegion": _region(edit.replaces), "insertedContent": {"text": edit.replacement}}
            )
    return {
        "description": {"text": legible(cause.fix_note) or cause_phrases.cause_text(cause)},
        "artifactChanges": [
            {"artifactLocation": {"uri": uri}, "replacements": changes} for uri, changes in replacements.items()
        ],
    }


def _distinct(edits: Sequence[Edit]) -> list[Edit]:
    return list({(edit.replaces, edit.replacement): edit for edit in edits}.values())
