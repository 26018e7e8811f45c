"""Findings that are known already: a file that lists them without their lines, so that other edits do not matter."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from shapeguard.source.files import SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.records.findings import Diagnosis

_VERSION = 1
Key = tuple[str, str, str]
"""File, code and message of a finding."""


def baseline_text(diagnoses: Sequence[Diagnosis], path: str) -> str:
    """The JSON of a baseline that is to be at `path`: files relative to its folder, each finding with its number."""
    counts = Counter(_key(diagnosis, path) for diagnosis in diagnoses)
    findings = [
        {"file": file, "code": code, "message": message, "count": count}
        for (file, code, message), count in sorted(counts.items())
    ]
    return json.dumps({"version": _VERSION, "findings": findings}, indent=2) + "\n"


def read_baseline(path: str) -> Counter[Key]:
    """How often each finding is in the baseline; raises `SourceError` for a file that is none."""
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        version = content["version"]
        entries = [((e["file"], e["code"], e["message"]), int(e["count"])) for e in content["findings"]]
    except OSError as error:
        raise SourceError(f"{path}: {(error.strerror or type(error).__name__).lower()}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise SourceError(f"{path}: not a baseline; `shapeguard lint --write-baseline` writes one") from error
    if version != _VERSION:
        raise SourceError(f"{path}: a baseline of version {version!r}; this version reads {_VERSION}")
    known: Counter[Key] = Counter()
    for key, count in entries:
        known[key] += count
    return known


def without_known(diagnoses: Sequence[Diagnosis], known: Counter[Key], path: str) -> tuple[Diagnosis, ...]:
    """The findings that the baseline at `path` does not have; of equal ones the first are the known ones."""
    left = Counter(known)
    new = []
    for diagnosis in diagnoses:
        key = _key(diagnosis, path)
        if left[key] > 0:
            left[key] -= 1
        else:
            new.append(diagnosis)
    return tuple(new)


def _key(diagnosis: Diagnosis, path: str) -> Key:
    spans = [edit.span for cause in diagnosis.causes for edit in cause.edits] or [diagnosis.raised_at]
    span = next((span for span in spans if span is not None), None)
    folder = os.path.dirname(os.path.abspath(path))  # noqa: PTH100, PTH120  strings, as spans have
    file = "" if span is None else os.path.relpath(os.path.abspath(span.file), folder)  # noqa: PTH100
    return file.replace(os.sep, "/"), diagnosis.code, diagnosis.headline
