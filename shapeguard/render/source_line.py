"""A line of the user's source as it is printed: tabs expanded, what does not print escaped, columns counted."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from shapeguard.legible import printable
from shapeguard.source import reading

if TYPE_CHECKING:
    from shapeguard.records.source import Span

_TAB_STOP = 4
_MOST_LINES = 12


def code_line(span: Span) -> str | None:
    """Returns the source line on which `span` starts; `None` if it cannot be read or has no such column."""
    line = printed_line(reading.line_at(span.file, span.line)).text
    return line if 0 <= span.column < len(line) else None


def source_lines(span: Span) -> list[tuple[int, str, str, str]]:
    """Returns number, text before, inside and after the span, for each line it covers; `[]` if they cannot be read."""
    if code_line(span) is None:
        return []
    lines = []
    for number in range(span.line, min(span.end_line, span.line + _MOST_LINES - 1) + 1):
        line = reading.line_at(span.file, number).rstrip("\r\n")
        start = span.column if number == span.line else len(line) - len(line.lstrip())
        end = span.end_column if number == span.end_line else len(line)
        lines.append((number, _pieces(line[:start]), _pieces(line[start:end]), _pieces(line[end:])))
    return lines


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """A source line in full; character i is `pieces[i]` and starts at `columns[i]`. A blank one is empty."""

    text: str
    pieces: tuple[str, ...]
    columns: tuple[int, ...]


@lru_cache(maxsize=16)  # a thousand marks of one long line: it is measured once
def printed_line(raw: str) -> PrintedLine:
    """Returns a line of source as it is printed."""
    line = raw.rstrip("\r\n") if raw.strip() else ""
    pieces = [_piece(character) for character in line]
    columns = [0]
    for index, character in enumerate(line):
        if character == "\t":
            pieces[index] = " " * (_TAB_STOP - columns[-1] % _TAB_STOP)
        columns.append(columns[-1] + _display_width(pieces[index]))
    return PrintedLine(line, tuple(pieces), tuple(columns))


def _pieces(text: str) -> str:
    return "".join(map(_piece, text))


def _piece(character: str) -> str:
    return character if character == "\t" else printable(character)


def _display_width(text: str) -> int:
    return sum(_character_width(character) for character in text)


def _character_width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
