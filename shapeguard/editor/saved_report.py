"""The faults in the JSON of a report, as records again."""

from __future__ import annotations

import os
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from shapeguard.records.findings import Cause, Diagnosis, Edit, Following
from shapeguard.records.source import Span

if TYPE_CHECKING:
    from collections.abc import Mapping


def diagnoses_in(document: Mapping[str, Any], folder: str) -> tuple[Diagnosis, ...]:
    """The faults of a report; `folder` is what its paths are relative to."""
    return tuple(_with_headline(_record(Diagnosis, each, folder)) for each in document["diagnoses"])


def _with_headline(diagnosis: Diagnosis) -> Diagnosis:
    """The headline as the record has it: JSON writes the code and the rule before it."""
    rule = f"{diagnosis.rule}: " if diagnosis.rule else ""
    return replace(diagnosis, headline=diagnosis.headline.removeprefix(f"[{diagnosis.code}] {rule}"))


_PARTS: Mapping[str, type] = {
    "causes": Cause,
    "edits": Edit,
    "following": Following,
    "span": Span,
    "replaces": Span,
    "callers": Span,
    "declared": Span,
    "raised_at": Span,
}
"""The records that a key has, alone or in a list."""


def _record(kind: type, values: Mapping[str, Any], folder: str) -> Any:
    """A record of what JSON has of it; its properties are left out."""
    known = {field.name for field in fields(kind)}
    arguments = {name: _value(name, value, folder) for name, value in values.items() if name in known}
    if kind is Span:
        arguments["file"] = os.path.normpath(os.path.join(folder, arguments["file"]))  # noqa: PTH118  as the editor's
    return kind(**arguments)


def _value(name: str, value: Any, folder: str) -> Any:
    kind = _PARTS.get(name)
    if kind is not None and isinstance(value, dict):
        return _record(kind, value, folder)
    if kind is not None and isinstance(value, list):
        return tuple(_record(kind, each, folder) for each in value)
    return _tuples(value)


def _tuples(value: Any) -> Any:
    """Lists as the tuples that they were."""
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
