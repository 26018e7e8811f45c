"""`lint` for Python callers: suspicious constructor calls of a file, a folder, or the calls that made a model."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from shapeguard.linting.runs import lint_paths
from shapeguard.report import Report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.records.findings import Diagnosis
    from shapeguard.records.source import Span


def lint(model_or_path: Any) -> Report:
    """Finds constructor calls that look like a known slip, by source alone; nothing is run.

    Args:
        model_or_path: A Python file, a notebook, a folder of them, or a model, of which the calls that made its layers
            are read.

    Returns:
        A report with one diagnosis per suspicious call.

    Raises:
        ValueError: A path cannot be read.

    Example:
        >>> import pathlib
        >>> import shapeguard
        >>> program = "import keras; keras.layers.Conv2D(32, 3, 3)"
        >>> size = pathlib.Path("old.py").write_text(program)
        >>> [diagnosis.code for diagnosis in shapeguard.lint("old.py").diagnoses]
        ['SG701']
    """
    if isinstance(model_or_path, (str, os.PathLike)):
        linted = lint_paths([os.fspath(model_or_path)])
        if linted.unreadable:
            raise ValueError("; ".join(linted.unreadable))
        return Report(linted.diagnoses)
    calls = frozenset(_calls(model_or_path))
    linted = lint_paths(sorted({call.file for call in calls}))
    return Report(tuple(diagnosis for diagnosis in linted.diagnoses if _is_about(diagnosis, calls)))


def _calls(layer: Any) -> Iterator[Span]:
    """The constructor calls of a layer and of those inside it."""
    from shapeguard.capture.constructions import construction_of  # noqa: PLC0415  imports Keras, which a path does not need

    construction = construction_of(layer)
    if construction is not None and construction.call is not None and not construction.indirect:
        yield construction.call
    for inner in getattr(layer, "layers", ()):
        yield from _calls(inner)


def _is_about(diagnosis: Diagnosis, calls: frozenset[Span]) -> bool:
    spans = [edit.span for cause in diagnosis.causes for edit in cause.edits] or [diagnosis.raised_at]
    return any(_holds(call, span) for span in spans if span is not None for call in calls)


def _holds(call: Span, span: Span) -> bool:
    return (
        call.file == span.file
        and (call.line, call.column) <= (span.line, span.column)
        and (span.end_line, span.end_column) <= (call.end_line, call.end_column)
    )
