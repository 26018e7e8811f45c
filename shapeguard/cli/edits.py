"""What `fix` and `annotate` share: differences shown, files written, files put back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from shapeguard.cli.programs import digest
from shapeguard.render.styling import marked, rendered
from shapeguard.source.files import SourceError, decoded, difference, read_source, write_text

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Mapping

    from shapeguard.render.styling import Role
    from shapeguard.source.files import SourceFile

_ROLES: dict[str, Role] = {"+": "fix", "-": "mismatch", "@": "path"}


def add_writing(parser: argparse.ArgumentParser) -> None:
    """Adds `--diff`, the default, and `--write`."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--diff", action="store_true", help="show the diff, write nothing (default)")
    group.add_argument("--write", action="store_true", help="also write the files")


def changed_files(files: Iterable[str], digests: Mapping[str, str]) -> dict[str, SourceFile]:
    """The files by name; raises `SourceError` for one that is no longer what was checked."""
    sources = {}
    for file in files:
        if not Path(file).exists():
            message = f"{file}: not a file; code from notebooks and exec is not rewritten"
            raise SourceError(message)
        source = read_source(file)
        checked = digests.get(file) or digests.get(str(Path(file).absolute()))
        if checked is None or digest(source.raw) != checked:
            message = f"{os.path.relpath(file)}: has changed since it was checked; nothing was written"
            raise SourceError(message)
        sources[file] = source
    return sources


def show_differences(changes: Iterable[tuple[SourceFile, str]], *, colour: bool) -> None:
    """Prints one unified diff."""
    for source, text in changes:
        lines = difference(source, text, _label(source.path)).splitlines()
        print("\n".join(_painted(line) if colour else line for line in lines))


def write_all(changes: list[tuple[SourceFile, str]]) -> list[tuple[SourceFile, str]]:
    """Writes every file, or none: what was written before a failure is put back."""
    written: list[tuple[SourceFile, str]] = []
    try:
        for source, text in changes:
            write_text(source, text)
            written.append((source, text))
    except SourceError:
        put_back(written)
        raise
    return written


def put_back(written: Iterable[tuple[SourceFile, str]]) -> None:
    """Gives the files back the bytes that they had."""
    for source, text in written:
        now = decoded(source.path, text.encode(source.encoding))
        write_text(now, source.text)


def _label(path: str) -> str:
    relative = os.path.relpath(path)
    return (path if relative.startswith(os.pardir) else relative).replace(os.sep, "/")


def _painted(line: str) -> str:
    role = _ROLES.get(line[:1])
    return line if role is None or line.startswith(("+++", "---")) else rendered(marked(line, role), "terminal")
