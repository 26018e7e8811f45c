"""The user's call with some arguments changed, in the user's own formatting."""

from __future__ import annotations

import ast
import functools
import inspect
import token
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import keras

from shapeguard.records.source import Opaque, Span
from shapeguard.source import trees
from shapeguard.source.literals import Style, fitted, printed
from shapeguard.source.reading import tokens_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapeguard.records.source import Argument, Construction

_SKIPPED = frozenset({token.NL, token.NEWLINE, token.COMMENT, token.ENDMARKER})
_SIZES = frozenset({"kernel_size", "pool_size", "strides", "size", "dilation_rate"})
_ABSENT = object()
NONE: Mapping[str, tuple[str, object] | None] = MappingProxyType({})


class Correction(NamedTuple):
    """`text` is the whole corrected call; `replacement` takes the place of exactly the source text at `replaces`.

    Where an argument came from `*args` or `**kwargs` or there is no source, nothing can be replaced: both are `None`,
    and `text` is the call written out, or `None` where a value cannot be written.
    """

    text: str | None
    replaces: Span | None = None
    replacement: str | None = None


def corrected_call(
    construction: Construction, changes: Mapping[str, object], renamed: Mapping[str, tuple[str, object] | None] = NONE
) -> Correction:
    """The constructor call with `changes` made, and with keywords that get another name and value, or go (`None`).

    A last positional argument that is set back to its default goes; the Keras 1 habit `Conv2D(32, 3, 3)` becomes
    `Conv2D(32, (3, 3))`.
    """
    layout = _layout(construction)
    if layout is None:
        return Correction(_written_out(construction, changes, renamed))
    edits = _edits(construction, dict(changes), defaults_of(construction.layer_type), layout)
    others = _renamed(construction, renamed, layout)
    if edits is None or others is None:
        return Correction(_written_out(construction, changes, renamed))
    edits += others
    if not edits:
        return Correction(layout.text)
    first, last = min(edit.start for edit in edits), max(edit.end for edit in edits)
    text = _applied(layout.text, edits)
    replacement = text[first : len(text) - (len(layout.text) - last)]
    return Correction(text, layout.span(first, last), replacement)


@functools.lru_cache(maxsize=512)
def defaults_of(layer_type: str) -> Mapping[str, object]:
    """The defaults of a Keras layer's parameters; nothing for classes that Keras does not export."""
    constructor = getattr(keras.layers, layer_type, None)
    if constructor is None:
        return {}
    parameters = inspect.signature(constructor).parameters.values()
    return {p.name: p.default for p in parameters if p.default is not p.empty}


@dataclass(frozen=True, slots=True)
class _Replacement:
    """`text` for the characters from `start` to `end` of a call."""

    start: int
    end: int
    text: str


def _applied(text: str, edits: list[_Replacement]) -> str:
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end), reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


@dataclass(frozen=True, slots=True)
class _Layout:
    """The text of a call and, in the order of the source, where its arguments stand in it, parentheses included.

    `nodes` are the arguments, `slots` their character ranges, `opening` the offset behind the opening parenthesis.
    """

    origin: Span
    text: str
    nodes: tuple[ast.expr | ast.keyword, ...]
    slots: tuple[tuple[int, int], ...]
    opening: int
    style: Style

    def span(self, start: int, end: int) -> Span:
        """The place in the file of a range of `text`."""
        return Span(self.origin.file, *self._place(start), *self._place(end))

    def _place(self, offset: int) -> tuple[int, int]:
        before = self.text[:offset]
        line = before.count("\n")
        column = offset - (before.rfind("\n") + 1)
        return self.origin.line + line, column if line else self.origin.column + column


def _layout(construction: Construction) -> _Layout | None:
    if construction.call is None:
        return None
    source = trees.source_of(construction.call.file)
    call = None if source is None else source.call_ending(construction.call)
    if source is None or call is None:
        return None
    text = source.text(construction.call)
    opening, slots = _slots(text)
    written: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
    nodes = sorted(written, key=lambda node: (node.lineno, node.col_offset))
    if len(slots) != len(nodes):
        return None
    return _Layout(construction.call, text, tuple(nodes), tuple(slots), opening, Style.of(text))


def _slots(text: str) -> tuple[int, list[tuple[int, int]]]:
    """Where the last parenthesis of a call opens, and the ranges between its commas, blanks and comments left out."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)

    def offset(place: tuple[int, int]) -> int:
        row, column = place
        return starts[row - 1] + column - (row == 1)  # the parenthesis put before the text

    # In brackets a newline ends no statement.
    tokens = [
        (each.string, each.type == token.OP, offset(each.start), offset(each.end))
        for each in tokens_of(f"({text})")
        if each.type not in _SKIPPED
    ]
    return _between_commas(tokens[1:-1])


def _between_commas(tokens: list[tuple[str, bool, int, int]]) -> tuple[int, list[tuple[int, int]]]:
    depth, first = 0, 0
    for index in range(len(tokens) - 1, -1, -1):
        string, is_operator, _, _ = tokens[index]
        depth += is_operator and (string in ")]}") - (string in "([{")
        if depth == 0:
            first = index
            break
    slots: list[tuple[int, int]] = []
    begin: int | None = None
    finish = 0
    for string, is_operator, start, end in tokens[first + 1 : -1]:
        if is_operator and string == "," and depth == 0:
            if begin is not None:
                slots.append((begin, finish))
            begin = None
            continue
        depth += is_operator and (string in "([{") - (string in ")]}")
        begin = start if begin is None else begin
        finish = end
    if begin is not None:
        slots.append((begin, finish))
    return tokens[first][3], slots


def _edits(
    construction: Construction, changes: dict[str, object], defaults: Mapping[str, object], layout: _Layout
) -> list[_Replacement] | None:
    edits = _merged_kernel(construction, changes, defaults, layout)
    edits += _dropped(construction, changes, defaults, layout)
    written = {argument.name: argument for argument in construction.arguments}
    added: list[str] = []
    for name, value in changes.items():
        argument = written.get(name)
        if argument is None:
            added.append(f"{name}={printed(fitted(name, value, _beside(construction)), layout.style)}")
            continue
        place = _value_place(argument, layout)
        if place is None:
            return None
        edits.append(_Replacement(*place, printed(fitted(name, value, argument.value), layout.style)))
    if added:
        edits.append(_appended(added, layout))
    return edits


def _index_of(argument: Argument, layout: _Layout) -> int | None:
    """Which argument of the call this is; `None` where a starred expression or a partial passes it."""
    for index, node in enumerate(layout.nodes):
        if argument.position is None:
            if isinstance(node, ast.keyword) and node.arg == argument.name:
                return index
        elif not isinstance(node, ast.Starred | ast.keyword) and _holds(layout, index, argument.span):
            return index
    return None


def _holds(layout: _Layout, index: int, span: Span | None) -> bool:
    slot = layout.span(*layout.slots[index])
    return (
        span is not None
        and (slot.line, slot.column) <= (span.line, span.column)
        and (span.end_line, span.end_column) <= (slot.end_line, slot.end_column)
    )


def _value_place(argument: Argument, layout: _Layout) -> tuple[int, int] | None:
    index = _index_of(argument, layout)
    if index is None:
        return None
    begin, end = layout.slots[index]
    if isinstance(layout.nodes[index], ast.keyword):
        begin += layout.text[begin:end].index("=") + 1
        begin += len(layout.text[begin:end]) - len(layout.text[begin:end].lstrip())
    return begin, end


def _appended(added: list[str], layout: _Layout) -> _Replacement:
    """Behind the last argument, on a line of its own where the last argument has one."""
    if not layout.slots:
        return _Replacement(layout.opening, layout.opening, ", ".join(added))
    begin, end = layout.slots[-1]
    line_start = layout.text.rfind("\n", 0, begin) + 1
    indent = layout.text[line_start:begin]
    alone = line_start > 0 and not indent.strip() and (len(layout.slots) == 1 or layout.slots[-2][1] < line_start)
    separator = f",\n{indent}" if alone else layout.style.comma
    return _Replacement(end, end, "".join(separator + text for text in added))


def _merged_kernel(
    construction: Construction, changes: dict[str, object], defaults: Mapping[str, object], layout: _Layout
) -> list[_Replacement]:
    """`Conv2D(32, 3, 3)`, where each int but the first goes back to its default: the ints become one kernel size.

    Takes what it settles out of `changes`.
    """
    positional = [argument for argument in construction.arguments if argument.position is not None]
    first = next((i for i, argument in enumerate(positional) if argument.name == "kernel_size"), None)
    if first is None:
        return []
    sizes = positional[first:]
    indices = [_index_of(argument, layout) for argument in sizes]
    wanted = changes.get(sizes[0].name, sizes[0].value)
    values = tuple(argument.value for argument in sizes)
    if (
        len(sizes) < 2
        or any(type(value) is not int for value in values)
        or any(not _same(changes.get(a.name, _ABSENT), defaults.get(a.name, _ABSENT)) for a in sizes[1:])
        or not _same(wanted, values)
        or any(index is None for index in indices)
        or _rank(defaults) != len(sizes)
    ):
        return []
    for argument in sizes:
        changes.pop(argument.name, None)
    slots = [layout.slots[index] for index in indices if index is not None]
    merged = layout.style.comma.join(layout.text[begin:end] for begin, end in slots)
    return [_Replacement(slots[0][0], slots[-1][1], f"({merged})")]


def _rank(defaults: Mapping[str, object]) -> int | None:
    """The number of axes that the kernel slides along, told by the default strides."""
    strides = defaults.get("strides")
    return len(strides) if isinstance(strides, tuple) else None


def _same(value: object, other: object) -> bool:
    """Whether two values mean the same to Keras: 2 and (2, 2)."""
    if isinstance(value, tuple | list) and isinstance(other, int):
        return len(value) > 0 and all(item == other for item in value)
    if isinstance(other, tuple | list) and isinstance(value, int):
        return _same(other, value)
    if isinstance(value, tuple | list) and isinstance(other, tuple | list):
        return tuple(value) == tuple(other)
    return value is not _ABSENT and value == other and type(value) is type(other)


def _dropped(
    construction: Construction, changes: dict[str, object], defaults: Mapping[str, object], layout: _Layout
) -> list[_Replacement]:
    """The last positional arguments that go back to their defaults. Takes what it settles out of `changes`."""
    edits = []
    positional = [argument for argument in construction.arguments if argument.position is not None]
    while len(positional) > 1:
        argument = positional.pop()
        index = _index_of(argument, layout)
        default = defaults.get(argument.name, _ABSENT)
        if index is None or index == 0 or argument.name not in changes or not _same(changes[argument.name], default):
            break
        del changes[argument.name]
        edits.append(_Replacement(layout.slots[index - 1][1], layout.slots[index][1], ""))
    return edits


def _renamed(
    construction: Construction, renamed: Mapping[str, tuple[str, object] | None], layout: _Layout
) -> list[_Replacement] | None:
    """Keywords under other names, their values as written where they stay; `None` where one was not written as such."""
    edits = []
    for argument in construction.arguments:
        if argument.name not in renamed:
            continue
        index, new = _index_of(argument, layout), renamed[argument.name]
        if index is None or argument.position is not None:
            return None
        begin, end = layout.slots[index]
        if new is None:
            start, stop = (layout.slots[index - 1][1], end) if index else (begin, (*layout.slots, (end, end))[1][0])
            edits.append(_Replacement(start, stop, ""))
        elif new[1] == argument.value:
            edits.append(_Replacement(begin, begin + layout.text[begin:end].index("="), new[0]))
        else:
            text = printed(fitted(new[0], new[1], argument.value), layout.style)
            edits.append(_Replacement(begin, end, f"{new[0]}={text}"))
    return edits


def _beside(construction: Construction) -> object:
    """An int where the user writes sizes as ints in this call, to print an added one alike."""
    sizes = [a.value for a in construction.arguments if a.name in _SIZES]
    return sizes[0] if sizes else 1


def _written_out(
    construction: Construction, changes: Mapping[str, object], renamed: Mapping[str, tuple[str, object] | None]
) -> str | None:
    style = Style.plain()
    values = {argument.name: argument.value for argument in construction.arguments}
    written = []
    for argument in construction.arguments:
        if argument.name in renamed:
            continue
        value = fitted(argument.name, changes.get(argument.name, argument.value), argument.value)
        if _has_opaque(value) or not argument.name.isidentifier():
            return None
        text = printed(value, style)
        written.append(text if argument.position is not None else f"{argument.name}={text}")
    added = [(name, value) for name, value in changes.items() if name not in values]
    for name, value in (*added, *(entry for entry in renamed.values() if entry is not None)):
        if _has_opaque(value):
            return None
        written.append(f"{name}={printed(fitted(name, value, _beside(construction)), style)}")
    written_name = construction.written_name or ""
    callee = written_name if written_name.replace(".", "").isidentifier() else construction.layer_type
    return f"{callee}({', '.join(written)})"


def _has_opaque(value: object) -> bool:
    if isinstance(value, tuple | list):
        return any(map(_has_opaque, value))
    if isinstance(value, dict):
        return any(map(_has_opaque, value.values()))
    return isinstance(value, Opaque)
