"""The Python files that a list of files and folders means."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from shapeguard.source.files import is_special

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SKIPPED_FOLDERS = frozenset({"__pycache__", "node_modules", "site-packages"})


def files_in(paths: Iterable[str]) -> Iterator[str]:
    """The files and the Python files in the folders, each once; hidden and installed ones are passed over."""
    seen: set[str] = set()
    for path in paths:
        for file in _python_files(path) if Path(path).is_dir() else [path]:
            if file not in seen:
                seen.add(file)
                yield file


def _python_files(folder: str) -> Iterator[str]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in _SKIPPED_FOLDERS
            and not Path(parent, name, "pyvenv.cfg").exists()
        )
        found = (os.path.normpath(f"{parent}/{name}") for name in sorted(files) if name.endswith(".py"))
        yield from (file for file in found if not is_special(file))
