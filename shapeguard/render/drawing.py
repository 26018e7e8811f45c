"""The rows of a report as boxes and arrows: containers opened and framed, what repeats drawn as one box."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shapeguard.legible import printable
from shapeguard.render import cause_phrases
from shapeguard.render.folding import folded
from shapeguard.render.table import inputs_of, row_name, verdict_text
from shapeguard.render.wording import counted, shape_text, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shapeguard.records.findings import Diagnosis, Row
    from shapeguard.render.folding import Group

_MOST_KINDS = 3
_MOST_SHAPES = 4
_LONGEST_NAME = 30
_LONGEST_SHAPE = 48


@dataclass(frozen=True, slots=True)
class Box:
    """One box: the rows it represents, its lines, each with its kind, and what is wrong with it.

    A line's kind is "name", "type", "shape", "note", or the status of its row. `role` is "cause",
    "mismatch", "consequence", "ok" or ""; `wrong`: it has a mismatch, even if it is the cause as well.
    `on_path` marks the way from cause to mismatch.
    """

    rows: tuple[int, ...]
    lines: tuple[tuple[str, str], ...]
    role: str = ""
    wrong: bool = False
    on_path: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame around the boxes of a model inside: its label, and the indices of the boxes."""

    label: str
    boxes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """Boxes and the arrows between them; `connected` is false if it is not known which layer feeds which."""

    boxes: tuple[Box, ...]
    arrows: tuple[tuple[int, int], ...]
    connected: bool
    frames: tuple[Frame, ...] = ()

    def marked(self, arrow: tuple[int, int]) -> bool:
        """Whether the arrow lies on the way from the cause to the mismatch."""
        return all(self.boxes[index].on_path for index in arrow)


def drawing(rows: Sequence[Row], diagnoses: Sequence[Diagnosis]) -> Drawing:
    """Returns what to draw of the rows, the causes and the way to the first mismatch marked."""
    inside, output_row = _contents(rows), _quantities(rows)
    drawn = [index for index in range(len(rows)) if index not in inside and index not in output_row]
    boxes = _boxes(rows, drawn, output_row, _causes(diagnoses))
    links = _links(rows, drawn, inside)
    path = _path(boxes, links)
    boxes = [replace(box, on_path=number in path) for number, box in enumerate(boxes)]
    connected = bool(links) or len(boxes) <= 1
    eventful = [number for number, box in enumerate(boxes) if not _plain(box)]
    groups = folded([box.lines[1][1] for box in boxes], links, eventful)
    drawing = _grouped(boxes, links, groups, rows, connected=connected)
    return replace(drawing, frames=_frames(drawing.boxes, rows, inside))


def _boxes(rows: Sequence[Row], drawn: Sequence[int], output_row: dict[int, int], causes: dict[str, str]) -> list[Box]:
    others: dict[int, list[Row]] = {}
    for index, output in output_row.items():
        others.setdefault(output, []).append(rows[index])
    return [_box(index, rows[index], others.get(index, ()), causes) for index in drawn]


def _links(rows: Sequence[Row], drawn: Sequence[int], inside: dict[int, list[int]]) -> list[tuple[int, int]]:
    """Which box feeds which, in order; an arrow never leads backwards."""
    place = {index: number for number, index in enumerate(drawn)}
    ends = [(place.get(source, -1), place.get(target, -1)) for source, target in _arrows(rows, inside)]
    return sorted({(source, target) for source, target in ends if 0 <= source < target})


def _arrows(rows: Sequence[Row], inside: dict[int, list[int]]) -> list[tuple[int, int]]:
    """Which row feeds which: what a container takes and returns goes to and comes from the layers inside it."""
    arrows: list[tuple[int, int]] = []
    taken = {source for row in rows for source in row.sources}
    for index, row in enumerate(rows):
        for source in row.sources:
            if 0 <= source < len(rows):
                ends = _exits(source, inside, taken)
                starts = [index] if index not in inside else _entries(index, inside, rows)
                arrows += [(end, start) for end in ends for start in starts if end != start]
    return arrows


def _contents(rows: Sequence[Row]) -> dict[int, list[int]]:
    """The rows inside each row that is a container; they are next to it."""
    contents: dict[int, list[int]] = {}
    for index, row in enumerate(rows):
        prefix = row.path + "/"
        after = _run(rows, range(index + 1, len(rows)), prefix)
        content = after or _run(rows, range(index - 1, -1, -1), prefix)
        if content:
            contents[index] = content
    return contents


def _run(rows: Sequence[Row], indices: Iterable[int], prefix: str) -> list[int]:
    return sorted(itertools.takewhile(lambda index: rows[index].path.startswith(prefix), indices))


def _exits(index: int, inside: dict[int, list[int]], taken: set[int]) -> list[int]:
    """The rows whose output leaves: the row itself; of a container, those inside that no row takes."""
    if index not in inside:
        return [index]
    ends = [child for child in inside[index] if child not in taken]
    return [end for child in ends or inside[index][-1:] for end in _exits(child, inside, taken)]


def _entries(index: int, inside: dict[int, list[int]], rows: Sequence[Row]) -> list[int]:
    """The rows inside a container that take its input: those that take no row's output."""
    return [child for child in inside[index] if child not in inside and not rows[child].sources]


def _quantities(rows: Sequence[Row]) -> dict[int, int]:
    """Rows about the weights of a layer -> the row of its output, if it has one: they are lines of its box."""
    outputs = {(row.path, row.call): index for index, row in enumerate(rows) if row.quantity == "output"}
    keys = {index: (row.path, row.call) for index, row in enumerate(rows) if row.quantity != "output"}
    return {index: outputs[key] for index, key in keys.items() if key in outputs}


def _causes(diagnoses: Sequence[Diagnosis]) -> dict[str, str]:
    """Layer name -> what is wrong there, from the first cause of each diagnosis."""
    causes: dict[str, str] = {}
    for diagnosis in diagnoses:
        for cause in diagnosis.causes[:1]:
            word = "CAUSE" if cause.confidence == "cause" else "POSSIBLE CAUSE"
            for edit in cause.edits:
                what = f"{cause_phrases.assignment_text(edit)} -> {cause_phrases.suggestion_text(edit)}"
                if edit.argument in cause_phrases.STRUCTURAL:
                    what = cause_phrases.edit_text(edit).replace("`", "")
                for name in edit.layers or (edit.layer,):
                    causes.setdefault(name, f"{word}: {what}")
    return causes


def _box(index: int, row: Row, others: Sequence[Row], causes: dict[str, str]) -> Box:
    """The box of a row, with `others`, the rows about the weights of the same layer."""
    note = causes.get(row.layer, "")
    lines = [
        ("name", shorten(row_name(row), _LONGEST_NAME)),
        ("type", shorten(printable(row.layer_type), _LONGEST_NAME)),
    ]
    lines += [*_shape_lines("in ", inputs_of(row)), *_shape_lines("out", row.actual), *_verdict_lines(row)]
    for other in others:
        lines += [*_shape_lines(other.quantity, other.actual), *_verdict_lines(other)]
    if note:
        lines.append(("note", shorten(note, _LONGEST_SHAPE)))
    statuses = [other.status for other in (row, *others)]
    role = next((status for status in ("mismatch", "consequence", "ok") if status in statuses), "")
    return Box((index,), tuple(lines), "cause" if note else role, "mismatch" in statuses)


def _shape_lines(word: str, shapes: object) -> list[tuple[str, str]]:
    if shapes is None:
        return []
    several = isinstance(shapes, tuple | list) and any(isinstance(shape, tuple | list) for shape in shapes)
    texts = (
        [shape_text(shape) for shape in shapes]
        if several and isinstance(shapes, tuple | list)
        else [shape_text(shapes)]
    )
    lines = [("shape", f"{word} {shorten(text, _LONGEST_SHAPE)}") for text in texts[:_MOST_SHAPES]]
    more = len(texts) - _MOST_SHAPES
    return [*lines, ("shape", f"    and {more} more")] if more > 0 else lines


def _verdict_lines(row: Row) -> list[tuple[str, str]]:
    if row.expected is None:
        return [("shape", "not reached")] if row.status == "not reached" else []
    expected = f"expected {shorten(shape_text(row.expected), _LONGEST_SHAPE)}"
    kind = row.status.replace(" ", "-")
    return [(kind, expected), (kind, verdict_text(row))]


def _path(boxes: Sequence[Box], links: Sequence[tuple[int, int]]) -> set[int]:
    """The boxes on a way from a cause to the first mismatch, both ends included."""
    causes = [number for number, box in enumerate(boxes) if box.role == "cause"]
    wrong = [number for number, box in enumerate(boxes) if box.wrong]
    if not causes or not wrong:
        return set()
    downward, upward = set(causes), {wrong[0]}
    for source, target in links:
        if source in downward:
            downward.add(target)
    for source, target in sorted(links, key=lambda link: -link[1]):
        if target in upward:
            upward.add(source)
    return downward & upward


def _plain(box: Box) -> bool:
    return box.role in {"", "ok"}


def _grouped(
    boxes: Sequence[Box],
    links: Sequence[tuple[int, int]],
    groups: Sequence[Group],
    rows: Sequence[Row],
    *,
    connected: bool,
) -> Drawing:
    ordered = sorted(groups, key=lambda group: group.boxes[0])
    home = {number: place for place, group in enumerate(ordered) for number in group.boxes}
    arrows = {(home[a], home[b]) for a, b in links if home[a] != home[b]}
    merged = [
        boxes[group.boxes[0]] if len(group.boxes) == 1 else _merged([boxes[n] for n in group.boxes], group.times, rows)
        for group in ordered
    ]
    return Drawing(tuple(merged), tuple(sorted(arrows)), connected)


def _merged(boxes: Sequence[Box], times: int, rows: Sequence[Row]) -> Box:
    first, last = rows[boxes[0].rows[0]], rows[boxes[-1].rows[-1]]
    wrong = sum(not _plain(box) for box in boxes)
    names = f"{shorten(printable(first.layer), 20)} ... {shorten(printable(last.layer), 20)}"
    count = counted(len(boxes), "layer")
    lines = [("name", count if times == 1 else f"{count}: {times} times {_block(boxes[: len(boxes) // times])}")]
    lines.append(("type", names))
    lines += [*_shape_lines("in ", inputs_of(first)), *_shape_lines("out", last.actual)]
    if wrong:
        lines.append(("consequence", f"{wrong} of them {'does' if wrong == 1 else 'do'} not match"))
    role = "consequence" if wrong else "ok" if all(box.role == "ok" for box in boxes) else ""
    indices = tuple(index for box in boxes for index in box.rows)
    return Box(indices, tuple(lines), role, on_path=any(box.on_path for box in boxes))


def _block(boxes: Sequence[Box]) -> str:
    """The kinds of layer in a block that repeats; of a long one their number."""
    kinds = [box.lines[1][1] for box in boxes]
    return f"({', '.join(kinds)})" if len(kinds) <= _MOST_KINDS else f"a block of {len(kinds)}"


def _frames(boxes: Sequence[Box], rows: Sequence[Row], inside: dict[int, list[int]]) -> tuple[Frame, ...]:
    """A frame for each call of a model inside, the outermost first."""
    calls: dict[str, int] = {}
    for index in inside:
        calls[rows[index].path] = max(calls.get(rows[index].path, 0), rows[index].call)
    frames = []
    for index, content in sorted(inside.items(), key=lambda item: -len(item[1])):
        members = {index, *content}
        framed = tuple(number for number, box in enumerate(boxes) if members.issuperset(box.rows))
        times = calls[rows[index].path]
        if len(framed) > 1:
            what = f"call {rows[index].call} of {times}" if times > 1 else printable(rows[index].layer_type)
            label = f"{shorten(printable(rows[index].layer), _LONGEST_NAME)}: {what}"
            frames.append(Frame(label, framed))
    return tuple(frames)
