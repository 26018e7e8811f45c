"""The files that a list of files and folders means."""

from __future__ import annotations

import os
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from shapeguard.source.files import is_special

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SKIPPED_FOLDERS = frozenset({"__pycache__", "node_modules", "site-packages"})
PYTHON = (".py",)
WITH_NOTEBOOKS = (".py", ".ipynb")
"""What is looked for in folders."""


@dataclass(frozen=True, slots=True)
class Patterns:
    """Patterns of paths relative to a folder: `vendor/`, `tests/*`, `*_old.py`."""

    root: str
    patterns: tuple[str, ...] = ()

    def match(self, path: str) -> bool:
        """Whether one of them is about the path, a folder above it, or, if it has no slash inside, any name in it."""
        if not self.patterns:
            return False
        relative = os.path.relpath(os.path.abspath(path), self.root).replace(os.sep, "/")  # noqa: PTH100
        parts = relative.split("/")
        leading = ["/".join(parts[:length]) for length in range(1, len(parts) + 1)]
        for pattern in self.patterns:
            plain = pattern.strip("/").removeprefix("./")
            names = leading if "/" in plain else [*leading, *parts]
            if any(fnmatchcase(name, plain) for name in names):
                return True
        return False


def files_in(
    paths: Iterable[str], excluded: Patterns | None = None, suffixes: tuple[str, ...] = PYTHON
) -> Iterator[str]:
    """The files, and those in the folders whose names end in one of the suffixes, each once.

    In folders hidden and installed ones are passed over, and what is excluded.
    """
    seen: set[str] = set()
    for path in paths:
        for file in _files_below(path, excluded, suffixes) if Path(path).is_dir() else [path]:
            if file not in seen:
                seen.add(file)
                yield file


def _files_below(folder: str, excluded: Patterns | None, suffixes: tuple[str, ...]) -> Iterator[str]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if _is_searched(parent, name, excluded))
        for name in sorted(files):
            file = os.path.normpath(f"{parent}/{name}")
            if name.endswith(suffixes) and not is_special(file) and not (excluded and excluded.match(file)):
                yield file


def _is_searched(parent: str, name: str, excluded: Patterns | None) -> bool:
    if name.startswith(".") or name in _SKIPPED_FOLDERS or Path(parent, name, "pyvenv.cfg").exists():
        return False
    return excluded is None or not excluded.match(f"{parent}/{name}")
