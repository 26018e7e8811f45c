"""The user's call with some arguments changed, in the user's own formatting."""

from __future__ import annotations

import functools
import inspect
import sys
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from shapeguard.capture.call_layout import CallLayout, layout_of
from shapeguard.layers.parameters import constructor_parameters
from shapeguard.records.source import INDEX, Correction, Opaque
from shapeguard.source import trees
from shapeguard.source.literals import Style, fitted, printed, printed_index
from shapeguard.source.value_equality import same_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapeguard.records.source import Argument, Construction

_SIZES = frozenset({"kernel_size", "pool_size", "strides", "size", "dilation_rate"})
NONE: Mapping[str, tuple[str, object] | None] = MappingProxyType({})


def corrected_call(
    construction: Construction, changes: Mapping[str, object], renamed: Mapping[str, tuple[str, object] | None] = NONE
) -> Correction:
    """The constructor call with `changes` made, and with keywords that get another name and value, or go (`None`).

    Where an argument came from `*args` or `**kwargs` or there is no source, nothing can be replaced, and the text is
    the call written out. A last positional argument that is set back to its default goes; the Keras 1 habit
    `Conv2D(32, 3, 3)` becomes `Conv2D(32, (3, 3))`.
    """
    if INDEX in changes:
        return _corrected_index(construction, changes[INDEX])
    layout = layout_of(construction)
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


def _corrected_index(construction: Construction, key: object) -> Correction:
    """`x[:, -1]` for `x[:, -1:]`."""
    place = next((argument.span for argument in construction.arguments if argument.name == INDEX), None)
    source = None if place is None else trees.source_of(place.file)
    if construction.call is None or place is None or source is None:
        return Correction(None)
    text, written = source.text(construction.call), source.text(place)
    new = printed_index(key)
    start = text.rindex(written)
    return Correction(text[:start] + new + text[start + len(written) :], place, new)


@functools.lru_cache(maxsize=512)
def defaults_of(layer_type: str) -> Mapping[str, object]:
    """The defaults of a Keras layer's parameters; nothing for classes that Keras does not export."""
    keras = sys.modules.get("keras")
    constructor = None if keras is None else getattr(keras.layers, layer_type, None)
    if constructor is None:
        listed = constructor_parameters(layer_type) if keras is None else None
        return {} if listed is None else listed.defaults
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


def _edits(
    construction: Construction, changes: dict[str, object], defaults: Mapping[str, object], layout: CallLayout
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
        place = layout.value_slot(argument)
        if place is None:
            return None
        edits.append(_Replacement(*place, printed(fitted(name, value, argument.value), layout.style)))
    if added:
        edits.append(_appended(added, layout))
    return edits


def _appended(added: list[str], layout: CallLayout) -> _Replacement:
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
    construction: Construction, changes: dict[str, object], defaults: Mapping[str, object], layout: CallLayout
) -> list[_Replacement]:
    """`Conv2D(32, 3, 3)`, where each int but the first goes back to its default: the ints become one kernel size.

    Takes what it settles out of `changes`.
    """
    names = [argument.name for argument in _positional(construction)]
    sizes = _positional(construction)[names.index("kernel_size") :] if "kernel_size" in names else []
    indices = [index for index in map(layout.index_of, sizes) if index is not None]
    if len(indices) < 2 or len(indices) != len(sizes) or not _are_one_kernel(sizes, changes, defaults):
        return []
    for argument in sizes:
        changes.pop(argument.name, None)
    merged = layout.style.comma.join(map(layout.code, indices))
    return [_Replacement(layout.slots[indices[0]][0], layout.slots[indices[-1]][1], f"({merged})")]


def _positional(construction: Construction) -> list[Argument]:
    return [argument for argument in construction.arguments if argument.position is not None]


def _are_one_kernel(sizes: list[Argument], changes: Mapping[str, object], defaults: Mapping[str, object]) -> bool:
    """Whether the ints are one for each axis of the kernel, and the kernel is to be of these sizes."""
    kernel, *others = sizes
    values = tuple(argument.value for argument in sizes)
    return (
        _rank(defaults) == len(sizes)
        and all(type(value) is int for value in values)
        and same_value(changes.get(kernel.name, kernel.value), values)
        and all(_goes_back(argument, changes, defaults) for argument in others)
    )


def _goes_back(argument: Argument, changes: Mapping[str, object], defaults: Mapping[str, object]) -> bool:
    """Whether the argument is set back to its default."""
    name = argument.name
    return name in changes and name in defaults and same_value(changes[name], defaults[name])


def _rank(defaults: Mapping[str, object]) -> int | None:
    """The number of axes that the kernel slides along, by the default strides."""
    strides = defaults.get("strides")
    return len(strides) if isinstance(strides, tuple) else None


def _dropped(
    construction: Construction, changes: dict[str, object], defaults: Mapping[str, object], layout: CallLayout
) -> list[_Replacement]:
    """The last positional arguments that go back to their defaults. Takes what it settles out of `changes`."""
    edits = []
    positional = _positional(construction)
    while len(positional) > 1:
        argument = positional.pop()
        index = layout.index_of(argument)
        if not index or not _goes_back(argument, changes, defaults):
            break
        del changes[argument.name]
        edits.append(_Replacement(layout.slots[index - 1][1], layout.slots[index][1], ""))
    return edits


def _renamed(
    construction: Construction, renamed: Mapping[str, tuple[str, object] | None], layout: CallLayout
) -> list[_Replacement] | None:
    """Keywords under other names, their values as written where they stay; `None` where one was not written as such."""
    edits = []
    for argument in construction.arguments:
        if argument.name not in renamed:
            continue
        index, new = layout.index_of(argument), renamed[argument.name]
        if index is None or (argument.position is not None and new is not None):
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
    kept = [argument for argument in construction.arguments if argument.name not in renamed]
    values = [fitted(argument.name, changes.get(argument.name, argument.value), argument.value) for argument in kept]
    added = _added(construction, changes, renamed)
    if any(map(_has_opaque, (*values, *added.values()))) or not all(argument.name.isidentifier() for argument in kept):
        return None
    written = [
        f"{'' if argument.position is not None else f'{argument.name}='}{printed(value, style)}"
        for argument, value in zip(kept, values, strict=True)
    ]
    written += [f"{name}={printed(fitted(name, value, _beside(construction)), style)}" for name, value in added.items()]
    written_name = construction.written_name or ""
    callee = written_name if written_name.replace(".", "").isidentifier() else construction.layer_type
    return f"{callee}({', '.join(written)})"


def _added(
    construction: Construction, changes: Mapping[str, object], renamed: Mapping[str, tuple[str, object] | None]
) -> dict[str, object]:
    """The arguments that the call does not have yet, those under another name included."""
    names = {argument.name for argument in construction.arguments}
    added = {name: value for name, value in changes.items() if name not in names}
    return added | dict(entry for entry in renamed.values() if entry is not None)


def _has_opaque(value: object) -> bool:
    if isinstance(value, tuple | list):
        return any(map(_has_opaque, value))
    if isinstance(value, dict):
        return any(map(_has_opaque, value.values()))
    return isinstance(value, Opaque)
