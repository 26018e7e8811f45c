"""A source file as Python reads it, and back again byte for byte."""

from __future__ import annotations

import contextlib
import io
import os
import re
import stat
import tokenize
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from difflib import unified_diff
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from shapeguard.records.source import Span

if TYPE_CHECKING:
    import ast

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")


class SourceError(ValueError):
    """A file that cannot be read or written; the text is one line that names it."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file's text with its own line endings; `raw` is what stood on the disk."""

    path: str
    text: str
    encoding: str
    raw: bytes


def read_source(path: str) -> SourceFile:
    """The Python file at `path`, decoded as Python does (PEP 263, byte order mark); raises `SourceError`."""
    if path.endswith(".ipynb"):
        message = f"{path}: notebooks are not supported; export it (jupyter nbconvert --to script) and pass that file"
        raise SourceError(message)
    try:
        if is_special(path):
            raise SourceError(f"{path}: not a regular file")
        raw = Path(path).read_bytes()
    except OSError as error:
        message = f"{path}: {(error.strerror or type(error).__name__).lower()}"
        raise SourceError(message) from error
    return decoded(path, raw)


def is_special(path: str) -> bool:
    """Whether a pipe, a socket or a device is there: reading it may wait for ever, or never end."""
    try:
        mode = Path(path).stat().st_mode
    except (OSError, ValueError):
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def decoded(path: str, raw: bytes) -> SourceFile:
    """`raw` as Python would decode it; raises `SourceError` where it cannot be or would not come back the same."""
    try:
        encoding = encoding_of(raw)
        text = raw.decode(encoding)
    except (SyntaxError, UnicodeDecodeError) as error:
        reason = error.reason if isinstance(error, UnicodeDecodeError) else error.msg
        message = f"{path}: not readable as Python text ({reason})"
        raise SourceError(message) from error
    if text.encode(encoding) != raw:
        message = f"{path}: its {encoding} text does not encode back to the same bytes"
        raise SourceError(message)
    if "\0" in text:
        message = f"{path}: contains null bytes, so it is not Python source"
        raise SourceError(message)
    return SourceFile(path, text, encoding, raw)


def encoding_of(raw: bytes) -> str:
    """The encoding that a file declares; raises `SyntaxError` for one that Python does not know."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
    return encoding


def lines_of(text: str) -> list[str]:
    """The lines as Python counts them, ends kept: `str.splitlines` would also split at form feeds and the like."""
    return [line for line in _LINE.findall(text) if line]


def ending_of(line: str) -> str:
    """The line ending of one line of `lines_of`; "" for a last line without one."""
    return line[len(line.rstrip("\r\n")) :]


class Places:
    """Turns places of `ast` (UTF-8 bytes) into spans (characters), and spans into offsets in the text."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.text = text
        self.lines = lines_of(text)
        self._starts = [0]
        for line in self.lines:
            self._starts.append(self._starts[-1] + len(line))
        self._bytes: dict[int, list[int]] = {}  # of a line that is not ASCII: where each character's bytes start

    def span(self, node: ast.AST) -> Span:
        """Where `node` is in the file."""
        line, end_line = node.lineno, node.end_lineno  # type: ignore[attr-defined]
        return Span(
            self.file,
            line,
            self._column(line, node.col_offset),  # type: ignore[attr-defined]
            end_line,
            self._column(end_line, node.end_col_offset),  # type: ignore[attr-defined]
        )

    def offsets(self, span: Span) -> tuple[int, int]:
        """The first and the past-the-last character of `span`; raises `SourceError` beyond the text."""
        return self._offset(span.line, span.column), self._offset(span.end_line, span.end_column)

    def code(self, span: Span) -> str:
        """The text there."""
        start, end = self.offsets(span)
        return self.text[start:end]

    def line_at(self, offset: int) -> int:
        """The line, from 1, that holds the character at `offset`."""
        return max(bisect_right(self._starts, offset, hi=max(len(self.lines), 1)), 1)

    def ending_at(self, offset: int) -> str:
        """How the line there ends, else how the first line of the file does, else a line feed."""
        here = self.lines[self.line_at(offset) - 1 :][:1]
        return next((ending for line in (*here, *self.lines) if (ending := ending_of(line))), "\n")

    def _column(self, line: int, byte: int) -> int:
        text = self.lines[line - 1]
        if text.isascii():
            return byte
        if line not in self._bytes:
            self._bytes[line] = list(accumulate((len(character.encode()) for character in text), initial=0))
        return bisect_left(self._bytes[line], byte)

    def _offset(self, line: int, column: int) -> int:
        beyond = len(self.lines) + 1
        ok = 1 <= line <= beyond and 0 <= column <= (len(self.lines[line - 1]) if line < beyond else 0)
        if not ok:
            message = f"{self.file}: line {line}, column {column} is beyond the end of the text"
            raise SourceError(message)
        return self._starts[line - 1] + column


def difference(source: SourceFile, text: str, label: str) -> str:
    """A unified diff from the file to `text`, as `patch` and `git apply` take it; "" where nothing changes."""
    parts = []
    for line in unified_diff(lines_of(source.text), lines_of(text), f"a/{label}", f"b/{label}"):
        parts.append(line if line.endswith("\n") or line.startswith(("---", "+++", "@@")) else f"{line}\n")
        if not line.endswith(("\n", "\r")):
            parts.append("\\ No newline at end of file\n")
    return "".join(parts)


def write_text(source: SourceFile, text: str) -> None:
    """Puts `text` in the place of the file in one step, mode and encoding kept.

    Raises `SourceError` where the file has changed since it was read, or cannot be written; then it is untouched.
    """
    import tempfile  # noqa: PLC0415  lint starts sooner without what it brings along

    target = Path(source.path).resolve()  # a link stays a link
    temporary = None
    try:
        raw = text.encode(source.encoding)
        if target.read_bytes() != source.raw:
            message = f"{source.path}: has changed since it was checked; nothing was written"
            raise SourceError(message)
        descriptor, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(raw)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(stat.S_IMODE(target.stat().st_mode))
        os.replace(temporary, target)  # noqa: PTH105  the atomic step, named as such
    except (OSError, UnicodeEncodeError) as error:
        message = f"{source.path}: not written ({getattr(error, 'strerror', None) or error})"
        raise SourceError(message) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(FileNotFoundError):
                Path(temporary).unlink()
