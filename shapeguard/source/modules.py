"""The user's modules that the program has imported, and whether their files are still what was imported."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from shapeguard.source import frames, reading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import stat_result
    from types import ModuleType

_HEADER = 16  # bytes: a magic number, flags, and the time and size of the source (PEP 552)


def imported_files(mentioning: str) -> Iterator[str]:
    """The files of the user's modules, in the order of import, that contain a word and are as they were imported."""
    for module in tuple(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if not isinstance(file, str) or frames.is_framework(file) or frames.is_library(file):
            continue
        if _is_as_imported(module, file):
            reading.refresh(file)
            if any(mentioning in line for line in reading.lines_at(file)):
                yield file


def _is_as_imported(module: ModuleType, file: str) -> bool:
    """Whether nobody has edited the file since, as far as times tell; false if they do not."""
    try:
        now = Path(file).stat()
    except (OSError, ValueError):
        return False
    return now.st_mtime < _begin() or _is_stamped(module, now)


def _begin() -> float:
    """When this process loaded `logging`, which Keras does before it can make a layer; in seconds of the epoch."""
    record = logging.makeLogRecord({})
    return record.created - record.relativeCreated / 1000


def _is_stamped(module: ModuleType, now: stat_result) -> bool:
    """Whether the bytecode that Python kept at the import is of the file as it is now; false if it kept none."""
    try:
        with Path(getattr(module.__spec__, "cached", None) or "").open("rb") as stream:
            header = stream.read(_HEADER)
    except (OSError, ValueError):
        return False
    stamp = (0, int(now.st_mtime), now.st_size)
    return header[4:] == b"".join((number & 0xFFFFFFFF).to_bytes(4, "little") for number in stamp)
