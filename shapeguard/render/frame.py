"""Lines of the user's source with carets under the part that matters."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from shapeguard.legible import printable
from shapeguard.render.wording import place_text, wrapped
from shapeguard.source import reading

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shapeguard.records.source import Span

_TAB_STOP = 4
_MOST_LINES = 12
_LEAST_CODE_WIDTH = 24
_LEAST_LABEL_WIDTH = 40
_ELLIPSIS = "..."


@dataclass(frozen=True, slots=True)
class Mark:
    """A span to underline and the label beside its carets; `heading` replaces `file:line` above the frame."""

    span: Span
    label: str = ""
    heading: str = ""


def frames(marks: Sequence[Mark], *, width: int, cwd: str, indent: str, paint: Callable[[str, str], str]) -> list[str]:
    """Returns one frame per file, in the order of the marks; only `file:line` if the line cannot be read.

    `paint(text, role)` colours; the text is complete without it.
    """
    lines: list[str] = []
    rest = list(dict.fromkeys(marks))
    while rest:
        first = rest[0]
        group = [m for m in rest if m.span.file == first.span.file and (m is first or not m.heading)]
        rest = [m for m in rest if m not in group]
        lines += _file_frame(group, width, cwd, indent, paint)
    return lines


def _file_frame(
    marks: Sequence[Mark], width: int, cwd: str, indent: str, paint: Callable[[str, str], str]
) -> list[str]:
    heading = printable(marks[0].heading) or place_text(marks[0].span, cwd)
    by_line = _by_line(marks)
    if not by_line:
        label = printable(marks[0].label)
        return [f"{indent}{heading}: {label}" if label else indent + heading]
    digits = max(len(str(max(by_line))), 2)
    gutter = f"{indent} {' ' * digits} | "
    room = width - len(gutter)
    lines = [indent + heading]
    for previous, number in pairwise([min(by_line), *by_line]):
        if number > previous + 1:
            lines.append(f"{indent} {_ELLIPSIS:>{digits}}")
        shown = _Shown.of(by_line[number][0].span, max(room, _LEAST_CODE_WIDTH))
        lines.append(f"{indent} {number:>{digits}} | {shown.code}".rstrip())
        lines += [gutter + line for line in _carets(by_line[number], shown, room, paint)]
    return lines


def _by_line(marks: Sequence[Mark]) -> dict[int, list[Mark]]:
    """The marks whose source can be read, by the number of their line, in order."""
    readable = [mark for mark in marks if code_line(mark.span) is not None]
    numbers = sorted({mark.span.line for mark in readable})
    return {number: [mark for mark in readable if mark.span.line == number] for number in numbers}


def _carets(marks: Sequence[Mark], shown: _Shown, room: int, paint: Callable[[str, str], str]) -> list[str]:
    """The carets below one line of code, side by side if they do not overlap, and the labels of those that have any."""
    seen = _visible(marks, shown)
    labelled = sorted((mark for mark in seen if mark.label), key=lambda mark: mark.span)
    bare = sorted(shown.caret(mark.span) for mark in seen if not mark.label)
    if len(labelled) == 1:
        place = shown.caret(labelled[0].span)
        after = [other for other in bare if other[0] > sum(place)]
        before = [other for other in bare if other not in after]
        return _with_label([place, *after], labelled[0].label, room, paint) + _rows_of_carets(before, paint)
    lines = [line for mark in labelled for line in _with_label([shown.caret(mark.span)], mark.label, room, paint)]
    return lines + _rows_of_carets(bare, paint)


def _visible(marks: Sequence[Mark], shown: _Shown) -> list[Mark]:
    """The marks in the part of the line that is shown; the first one if there is none."""
    return [mark for mark in marks if mark.span.column < shown.last] or list(marks[:1])


def _with_label(
    places: Sequence[tuple[int, int]], label: str, room: int, paint: Callable[[str, str], str]
) -> list[str]:
    """Carets at (start, length) and a label beside the last of them, or below if there is no room."""
    first, *more = _rows_of_carets(places, paint)
    end = max(start + length for start, length in places)
    text = printable(label)
    if end + 1 + len(text) <= room:
        return [f"{first} {text}", *more]
    indent = " " * min(places[0][0], max(room - min(len(text), _LEAST_LABEL_WIDTH), 0))
    return [first, *more, *wrapped(label, room, indent)]


def _rows_of_carets(places: Sequence[tuple[int, int]], paint: Callable[[str, str], str]) -> list[str]:
    """Carets at (start, length), in order, in as few lines as they need."""
    rows: list[str] = []
    ends: list[int] = []
    for start, length in places:
        row = next((index for index, end in enumerate(ends) if end < start), len(rows))
        if row == len(rows):
            rows.append("")
            ends.append(0)
        rows[row] += " " * (start - ends[row]) + paint("^" * length, "mark")
        ends[row] = start + length
    return rows


def code_line(span: Span) -> str | None:
    """Returns the source line on which `span` starts; `None` if it cannot be read or has no such column."""
    line = _set_line(reading.line_at(span.file, span.line)).text
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
class _SetLine:
    """A source line as printed in full; character i is `pieces[i]` and starts at `columns[i]`. A blank one is empty."""

    text: str
    pieces: tuple[str, ...]
    columns: tuple[int, ...]


@lru_cache(maxsize=16)  # a thousand marks of one long line: it is measured once
def _set_line(raw: str) -> _SetLine:
    line = raw.rstrip("\r\n") if raw.strip() else ""
    pieces = [_piece(character) for character in line]
    columns = [0]
    for index, character in enumerate(line):
        if character == "\t":
            pieces[index] = " " * (_TAB_STOP - columns[-1] % _TAB_STOP)
        columns.append(columns[-1] + _display_width(pieces[index]))
    return _SetLine(line, tuple(pieces), tuple(columns))


@dataclass(frozen=True, slots=True)
class _Shown:
    """A source line as printed, cut around the first mark; character i starts at `columns[i] - shift`."""

    code: str
    columns: tuple[int, ...]
    shift: int
    first: int
    last: int

    @classmethod
    def of(cls, span: Span, room: int) -> _Shown:
        line = _set_line(reading.line_at(span.file, span.line))
        first, last = _window(line.columns, span.column, room)
        head = _ELLIPSIS if first else ""
        tail = _ELLIPSIS if last < len(line.text) else ""
        code = head + "".join(line.pieces[first:last]) + tail
        return cls(code, line.columns, line.columns[first] - len(head), first, last)

    def caret(self, span: Span) -> tuple[int, int]:
        """The column at which the carets start, and their number."""
        begin = min(max(span.column, self.first), self.last)
        end = self.last if span.end_line > span.line else min(max(span.end_column, begin), self.last)
        return self.columns[begin] - self.shift, max(self.columns[end] - self.columns[begin], 1)


def _window(columns: Sequence[int], column: int, room: int) -> tuple[int, int]:
    """The first and last character to show so that `column` is seen and the line fits into `room`."""
    length = len(columns) - 1
    if columns[-1] <= room:
        return 0, length
    first = 0
    if columns[min(column + 1, length)] > room * 3 // 4:
        first = bisect_left(columns, columns[column] - room // 3)
    budget = room - len(_ELLIPSIS) * (2 if first else 1)
    return first, max(bisect_right(columns, columns[first] + budget) - 1, first)


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
