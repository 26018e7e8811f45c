"""Columns as an editor counts them, in units of an encoding, and the changes that it reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from shapeguard.source.files import lines_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Encoding = Literal["utf-8", "utf-16", "utf-32"]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in a text: the line from 1, and the column in characters from 0."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Change:
    """A part of a text that is replaced, in the editor's lines from 0 and units; the whole text without `start`."""

    text: str
    start: tuple[int, int] | None = None
    end: tuple[int, int] = (0, 0)


def units(text: str, encoding: Encoding) -> int:
    """How many units a text has."""
    match encoding:
        case "utf-32":
            return len(text)
        case "utf-8":
            return len(text.encode("utf-8", "surrogatepass"))
        case "utf-16":
            return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def column_at(line: str, unit: int, encoding: Encoding) -> int:
    """The character at a unit of a line, the end of the line for a unit beyond it."""
    code = line.rstrip("\r\n")
    if code.isascii() or encoding == "utf-32":
        return min(unit, len(code))
    passed = 0
    for column, character in enumerate(code):
        if passed >= unit:
            return column
        passed += units(character, encoding)
    return len(code)


def unit_at(lines: Sequence[str], place: Place, encoding: Encoding) -> int:
    """The unit of a place in its line."""
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    return units(line[: place.column], encoding)


def place_at(lines: Sequence[str], line: int, unit: int, encoding: Encoding) -> Place:
    """The place of a position of the editor: a line from 0, and a unit in it."""
    return Place(line + 1, column_at(lines[line] if line < len(lines) else "", unit, encoding))


def changed(text: str, changes: Iterable[Change], encoding: Encoding) -> str:
    """The text after the changes, each of which counts in the text as the ones before it leave it."""
    for change in changes:
        if change.start is None:
            text = change.text
            continue
        lines = lines_of(text)
        start, end = (_offset(lines, position, encoding) for position in (change.start, change.end))
        text = text[:start] + change.text + text[max(start, end) :]
    return text


def _offset(lines: Sequence[str], position: tuple[int, int], encoding: Encoding) -> int:
    line, unit = position
    before = sum(map(len, lines[:line]))
    return before + (column_at(lines[line], unit, encoding) if line < len(lines) else 0)
