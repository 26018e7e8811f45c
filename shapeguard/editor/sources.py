"""A program as an editor has it: one file, or the code cells of a notebook, and where its lines are by now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import lru_cache
from typing import TYPE_CHECKING

from shapeguard.editor.positions import Place
from shapeguard.records.source import Span
from shapeguard.source.files import lines_of
from shapeguard.source.notebooks import python_of
from shapeguard.source.reading import tree_of

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_COMPARED = 400
"""Lines between the first and the last difference of two texts that are compared one by one."""


@dataclass(frozen=True, slots=True)
class Part:
    """A file, or a cell, with its address.

    `text` is what it is now, and `read` what is read of it: the same, or what it was when it was last Python. `first`
    is the number of its first line in the program.
    """

    uri: str
    text: str
    read: str
    first: int = 1

    @property
    def lines(self) -> list[str]:
        """The lines as they are now."""
        return _lines(self.text)

    @property
    def count(self) -> int:
        """How many lines of the program it has."""
        return len(_lines(self.read)) or 1


@lru_cache(maxsize=16)
def _lines(text: str) -> list[str]:
    return lines_of(text)


@dataclass(frozen=True, slots=True)
class Located:
    """A span of a part as it is now; `span` counts the part's own lines."""

    part: Part
    span: Span


@dataclass(frozen=True, slots=True)
class Source:
    """A program: `text` is what is read, `parts` where it is from. A notebook is one program."""

    path: str
    text: str
    parts: tuple[Part, ...]
    is_notebook: bool = False

    def located(self, span: Span | None) -> Located | None:
        """Where a span of the program is now; `None` if one of its lines has changed, or it is of another file."""
        if span is None or span.file != self.path:
            return None
        part = next((part for part in reversed(self.parts) if part.first <= span.line), None)
        if part is None or span.end_line >= part.first + part.count:
            return None
        line, end = (_line_now(part, number - part.first + 1) for number in (span.line, span.end_line))
        if line is None or end is None or end - line != span.end_line - span.line:
            return None
        return Located(part, Span(span.file, line, span.column, end, span.end_column))

    def moved(self, texts: Mapping[str, str]) -> Source:
        """The same program, where the parts have these texts by now."""
        parts = tuple(replace(part, text=texts.get(part.uri, part.text)) for part in self.parts)
        return replace(self, parts=parts)

    def place(self, uri: str, place: Place) -> Place | None:
        """The place in the program of a place in a part; `None` if its line is not as it was read."""
        part = next((part for part in self.parts if part.uri == uri), None)
        if part is None:
            return None
        if part.read is part.text:
            line: int | None = place.line
        else:
            line = next((old for old, new in kept_lines(part.read, part.text).items() if new == place.line), None)
        return None if line is None else Place(line + part.first - 1, place.column)


def _line_now(part: Part, line: int) -> int | None:
    return line if part.read is part.text else kept_lines(part.read, part.text).get(line)


@lru_cache(maxsize=8)
def kept_lines(before: str, after: str) -> Mapping[int, int]:
    """The lines of a text that another one has too, with their numbers there; both count from 1."""
    old, new = lines_of(before), lines_of(after)
    shorter = min(len(old), len(new))
    head = next((n for n in range(shorter) if old[n] != new[n]), shorter)
    rest = shorter - head
    tail = next((n for n in range(rest) if old[-1 - n] != new[-1 - n]), rest)
    found = {n + 1: n + 1 for n in range(head)}
    inner = old[head : len(old) - tail], new[head : len(new) - tail]
    if max(map(len, inner)) <= MOST_COMPARED:
        for block in SequenceMatcher(None, *inner, autojunk=False).get_matching_blocks():
            found |= {head + block.a + n + 1: head + block.b + n + 1 for n in range(block.size)}
    return found | {len(old) - n: len(new) - n for n in range(tail)}


def python_source(uri: str, path: str, text: str, good: str | None) -> Source:
    """A file, read as it was when it last was Python; `good` is `None` if it never has been."""
    read = text if good is None else good
    return Source(path, read, (Part(uri, text, read),))


def notebook_source(path: str, cells: Mapping[str, str], good: Mapping[str, str]) -> Source:
    """The code cells of a notebook, by address, in order.

    Each is read as it was when it last was Python, which is in `good`; one that never has been is left out.
    """
    parts: list[Part] = []
    lines: list[str] = []
    for uri, text in cells.items():
        read = good.get(uri)
        part = Part(uri, text, text if read is None else read, len(lines) + 1)
        python = [] if read is None else [line.rstrip("\r\n") for line in lines_of(python_of(read))]
        lines += [*python, *[""] * (part.count - len(python))]
        parts.append(part)
    return Source(path, "".join(f"{line}\n" for line in lines), tuple(parts), is_notebook=True)


def is_python_cell(text: str) -> bool:
    """Whether a cell is Python, its magics left out."""
    return tree_of(python_of(text)) is not None
