"""Edits of a program as JSON, in the form that the edits of a cause have."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapeguard.cli.common_options import CannotRunError
from shapeguard.records.source import Span
from shapeguard.source.fixing import Replacement

if TYPE_CHECKING:
    from collections.abc import Mapping

_SIZES = ("line", "column", "end_line", "end_column")


def replacements_in(text: str, file: str) -> list[Replacement]:
    """The edits that a JSON list holds; raises `CannotRunError` for anything else.

    Each has the keys of a span, in `replaces` or beside it, and `replacement`. The path is `file` if it names none; one
    that is not below the working directory is refused.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise CannotRunError(f"--edit: not valid JSON ({error})") from error
    if not isinstance(document, list) or not document:
        raise CannotRunError("--edit: a JSON list of edits is needed, with at least one")
    return [_replacement(edit, number, file) for number, edit in enumerate(document, 1)]


def _replacement(edit: Any, number: int, file: str) -> Replacement:
    where = f"--edit: edit {number}"
    replaces = edit.get("replaces", edit) if isinstance(edit, dict) else None
    if not isinstance(replaces, dict) or not isinstance(edit.get("replacement"), str):
        raise CannotRunError(f'{where}: "replaces" and "replacement" are needed, and one of them is missing or null')
    for name in _SIZES:
        if not isinstance(replaces.get(name), int) or isinstance(replaces.get(name), bool):
            raise CannotRunError(f'{where}: "{name}" is not a whole number')
    return Replacement(Span(_path(replaces, file, where), *(replaces[name] for name in _SIZES)), edit["replacement"])


def _path(replaces: Mapping[str, Any], file: str, where: str) -> str:
    """The absolute path that an edit names."""
    named = replaces.get("file", file)
    if not isinstance(named, str):
        raise CannotRunError(f'{where}: "file" is not a path')
    path = os.path.abspath(named)  # noqa: PTH100  as the program is loaded: links are kept
    if path != os.path.abspath(file) and not Path(path).resolve().is_relative_to(Path.cwd().resolve()):  # noqa: PTH100
        raise CannotRunError(f"{where}: {named} is outside the working directory")
    return path
