"""Lines of the user's source with carets under the part that matters."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from shapeguard.legible import printable
from shapeguard.render.source_line import code_line, printed_line
from shapeguard.render.styling import marked
from shapeguard.render.wording import place_text, wrapped
from shapeguard.source import reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.records.source import Span

_LEAST_CODE_WIDTH = 24
_LEAST_LABEL_WIDTH = 40
_ELLIPSIS = "..."


@dataclass(frozen=True, slots=True)
class Mark:
    """A span to underline and the label beside its carets; `heading` replaces `file:line` above the frame."""

    span: Span
    label: str = ""
    heading: str = ""


def frames(marks: Sequence[Mark], *, width: int, cwd: str, indent: str, wraps: bool = False) -> list[str]:
    """Returns one frame per file, in the order of the marks; only `file:line` if the line cannot be read.

    `wraps`: what shows the lines may break them, so the span itself is marked, with no carets below it.
    """
    lines: list[str] = []
    rest = list(dict.fromkeys(marks))
    while rest:
        first = rest[0]
        group = [m for m in rest if m.span.file == first.span.file and (m is first or not m.heading)]
        rest = [m for m in rest if m not in group]
        lines += _file_frame(group, width, cwd, indent, wraps=wraps)
    return lines


def _file_frame(marks: Sequence[Mark], width: int, cwd: str, indent: str, *, wraps: bool) -> list[str]:
    heading = indent + marked(printable(marks[0].heading) or place_text(marks[0].span, cwd), "path")
    by_line = _by_line(marks)
    if not by_line:
        label = printable(marks[0].label)
        return [f"{heading}: {label}" if label else heading]
    digits = max(len(str(max(by_line))), 2)
    room = width - len(f"{indent} {' ' * digits} | ")
    lines = [heading]
    for previous, number in pairwise([min(by_line), *by_line]):
        if number > previous + 1:
            lines.append(f"{indent} {_ELLIPSIS:>{digits}}")
        code, *below = _highlighted(by_line[number]) if wraps else _with_carets(by_line[number], room)
        lines.append(_gutter(indent, f"{number:>{digits}}") + f" {code}".rstrip())
        lines += [f"{_gutter(indent, ' ' * digits)} {line}" for line in below]
    return lines


def _gutter(indent: str, number: str) -> str:
    return indent + marked(f" {number} |", "gutter")


def _with_carets(marks: Sequence[Mark], room: int) -> list[str]:
    shown = _Shown.of(marks[0].span, max(room, _LEAST_CODE_WIDTH))
    return [shown.code, *_carets(marks, shown, room)]


def _highlighted(marks: Sequence[Mark]) -> list[str]:
    """The whole line with the spans marked, then each label in a line of its own."""
    span = marks[0].span
    line = printed_line(reading.line_at(span.file, span.line))
    length = len(line.text)
    ends = [(mark.span.column, mark.span.end_column if mark.span.end_line == span.line else length) for mark in marks]
    parts = []
    done = 0
    for start, end in sorted(ends):
        begin = max(start, done)
        last = min(max(end, begin + 1), length)
        parts += ["".join(line.pieces[done:begin]), marked("".join(line.pieces[begin:last]), "mark")]
        done = last
    code = "".join([*parts, *line.pieces[done:]])
    return [code, *(marked(printable(mark.label), "code") for mark in marks if mark.label)]


def _by_line(marks: Sequence[Mark]) -> dict[int, list[Mark]]:
    """The marks whose source can be read, by the number of their line, in order."""
    readable = [mark for mark in marks if code_line(mark.span) is not None]
    numbers = sorted({mark.span.line for mark in readable})
    return {number: [mark for mark in readable if mark.span.line == number] for number in numbers}


def _carets(marks: Sequence[Mark], shown: _Shown, room: int) -> list[str]:
    """The carets below one line of code, side by side if they do not overlap, and the labels of those that have any."""
    seen = _visible(marks, shown)
    labelled = sorted((mark for mark in seen if mark.label), key=lambda mark: mark.span)
    bare = sorted(shown.caret(mark.span) for mark in seen if not mark.label)
    if len(labelled) == 1:
        place = shown.caret(labelled[0].span)
        after = [other for other in bare if other[0] > sum(place)]
        before = [other for other in bare if other not in after]
        return _with_label([place, *after], labelled[0].label, room) + _rows_of_carets(before)
    lines = [line for mark in labelled for line in _with_label([shown.caret(mark.span)], mark.label, room)]
    return lines + _rows_of_carets(bare)


def _visible(marks: Sequence[Mark], shown: _Shown) -> list[Mark]:
    """The marks in the part of the line that is shown; the first one if there is none."""
    return [mark for mark in marks if mark.span.column < shown.last] or list(marks[:1])


def _with_label(places: Sequence[tuple[int, int]], label: str, room: int) -> list[str]:
    """Carets at (start, length) and a label beside the last of them, or below if there is no room."""
    first, *more = _rows_of_carets(places)
    end = max(start + length for start, length in places)
    text = printable(label)
    if end + 1 + len(text) <= room:
        return [f"{first} {text}", *more]
    indent = " " * min(places[0][0], max(room - min(len(text), _LEAST_LABEL_WIDTH), 0))
    return [first, *more, *wrapped(label, room, indent)]


def _rows_of_carets(places: Sequence[tuple[int, int]]) -> list[str]:
    """Carets at (start, length), in order, in as few lines as they need."""
    rows: list[str] = []
    ends: list[int] = []
    for start, length in places:
        row = next((index for index, end in enumerate(ends) if end < start), len(rows))
        if row == len(rows):
            rows.append("")
            ends.append(0)
        rows[row] += " " * (start - ends[row]) + marked("^" * length, "mark")
        ends[row] = start + length
    return rows


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
        line = printed_line(reading.line_at(span.file, span.line))
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
