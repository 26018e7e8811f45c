"""The picture: the network from top to bottom, shapes on every box, the cause and the way to the mismatch marked."""

from __future__ import annotations

import unicodedata
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from shapeguard.render.drawing import drawing
from shapeguard.render.github import summary_text
from shapeguard.render.layout import lay_out
from shapeguard.render.wording import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.records.findings import Diagnosis, Row
    from shapeguard.render.drawing import Box, Drawing, Frame
    from shapeguard.render.layout import Layout, Point

_CHARACTER = 7.25  # at 12px no common monospace font is wider than 0.604 em
_LINE = 16.0
_PADDING = 10.0
_MARGIN = 20.0
_LEAST_WIDTH = 120.0

_LEGEND = {
    "cause": "CAUSE: dashed frame; thick arrows lead to the first mismatch",
    "mismatch": "MISMATCH: thick frame",
    "consequence": "consequence: dotted frame",
}


def svg(
    rows: Sequence[Row], diagnoses: Sequence[Diagnosis], *, ok: bool, clickable: frozenset[int] = frozenset()
) -> str:
    """Returns the network as one SVG element that needs nothing from outside.

    The boxes of the rows `clickable` can be focused and have `data-row`, for the page around the picture.
    """
    drawn = drawing(rows, diagnoses)
    heading = _heading(drawn, summary_text(diagnoses, rows, ok=ok))
    sizes = [_size(box) for box in drawn.boxes]
    layout = lay_out(sizes, drawn.arrows if drawn.connected else _column(len(sizes)))
    top = _MARGIN + len(heading) * _LINE + _PADDING
    width = max([layout.width, *(_text_width(line) for line in heading)]) + 2 * _MARGIN
    height = top + layout.height + _MARGIN
    inset = (width - layout.width) / 2
    body = [
        *_texts(heading, _MARGIN, _MARGIN),
        *(_frame(frame, layout, sizes, inset, top) for frame in drawn.frames),
        *(_arrow(layout, arrow, inset, top, marked=drawn.marked(arrow)) for arrow in drawn.arrows),
        *(
            _box(box, (corner[0] + inset, corner[1] + top), size, clickable=clickable)
            for box, corner, size in zip(drawn.boxes, layout.corners, sizes, strict=True)
        ),
    ]
    style = files("shapeguard.render").joinpath("picture.css").read_text("utf-8").replace("\n", "")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="sg-net" role="{"group" if clickable else "img"}" '
        f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'aria-label="{escape(heading[0])}"><style>{style}</style>\n' + "\n".join(body) + "\n</svg>\n"
    )


def _heading(drawn: Drawing, summary: str) -> list[str]:
    roles = {box.role for box in drawn.boxes}
    lines = [f"ShapeGuard: {summary}"]
    lines += [words for role, words in _LEGEND.items() if role in roles]
    if not drawn.boxes:
        lines.append("no layer was called")
    elif not drawn.connected:
        lines.append("in call order; the connections between layers are unknown")
    return lines


def _column(boxes: int) -> list[tuple[int, int]]:
    """Invisible edges that put boxes one below the other."""
    return [(index, index + 1) for index in range(boxes - 1)]


def _size(box: Box) -> tuple[float, float]:
    width = max(_text_width(text) for _, text in box.lines) + 2 * _PADDING
    return max(round(width, 1), _LEAST_WIDTH), len(box.lines) * _LINE + _PADDING


def _text_width(text: str) -> float:
    return _CHARACTER * sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _box(box: Box, corner: Point, size: tuple[float, float], *, clickable: frozenset[int]) -> str:
    x, y = corner
    row = next((row for row in box.rows if row in clickable), None)
    words = ", ".join(text.strip() for _, text in box.lines)
    button = "" if row is None else f' tabindex="0" role="button" data-row="{row}" aria-label="{escape(words)}"'
    texts = [
        f'<text x="{x + _PADDING:.1f}" y="{y + _LINE * (number + 1):.1f}"{_class(kind)}>{escape(text)}</text>'
        for number, (kind, text) in enumerate(box.lines)
    ]
    return (
        f"<g{_class(' '.join(filter(None, ['box', box.role])))}{button}><title>{escape(words)}</title>"
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{size[0]:.1f}" height="{size[1]:.1f}" rx="4"/>' + "".join(texts) + "</g>"
    )


def _frame(frame: Frame, layout: Layout, sizes: Sequence[tuple[float, float]], inset: float, top: float) -> str:
    """A frame with its label; "" if a box that does not belong to it would be inside."""
    edges = [(x, y, x + size[0], y + size[1]) for (x, y), size in zip(layout.corners, sizes, strict=True)]
    left, upper, right, lower = around = _around([edges[number] for number in frame.boxes])
    if any(_overlap(edge, around) for number, edge in enumerate(edges) if number not in frame.boxes):
        return ""
    label = shorten(frame.label, int((right - left - _PADDING) / _CHARACTER))
    x, y, width, height = left + inset, upper + top, right - left, lower - upper
    return (
        f'<g class="shared"><rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="6"/>'
        f'<text class="type" x="{x + _PADDING / 2:.1f}" y="{y + _LINE - 3:.1f}">{escape(label)}</text></g>'
    )


_Edges = tuple[float, float, float, float]


def _around(inner: Sequence[_Edges]) -> _Edges:
    """The edges of a frame around boxes, with room for a label above them."""
    lefts, uppers, rights, lowers = zip(*inner, strict=True)
    return min(lefts) - _PADDING, min(uppers) - _PADDING - _LINE, max(rights) + _PADDING, max(lowers) + _PADDING


def _overlap(one: _Edges, other: _Edges) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _class(names: str) -> str:
    return f' class="{names}"' if names else ""


def _texts(lines: Sequence[str], x: float, y: float) -> list[str]:
    return [
        f'<text x="{x:.1f}" y="{y + _LINE * number:.1f}"{_class("" if number else "name")}>{escape(line)}</text>'
        for number, line in enumerate(lines)
    ]


def _arrow(layout: Layout, arrow: tuple[int, int], inset: float, top: float, *, marked: bool) -> str:
    """Straight within a rank, a curve from rank to rank, a triangle at the end."""
    points = [(x + inset, y + top) for x, y in layout.routes[arrow]]
    (x0, y0), *rest = points
    steps = [f"M{x0:.1f} {y0:.1f}"]
    for number, (x1, y1) in enumerate(rest):
        if number % 2 == 0:
            steps.append(f"V{y1:.1f}")
        else:
            end = y1 - 6 if number == len(rest) - 1 else y1
            middle = (y0 + end) / 2
            steps.append(f"C{x0:.1f} {middle:.1f} {x1:.1f} {middle:.1f} {x1:.1f} {end:.1f}")
        x0, y0 = x1, y1
    mark = " marked" if marked else ""
    head = (
        f'<polygon class="head{mark}" points="{x0 - 4:.1f},{y0 - 7:.1f} {x0 + 4:.1f},{y0 - 7:.1f} {x0:.1f},{y0:.1f}"/>'
    )
    return f'<path{_class(mark.strip())} d="{"".join(steps)}"/>{head}'
