"""Reads one axis of a spec string: its prefixes and its core."""

from __future__ import annotations

import re
from typing import NamedTuple

from shapeguard.spec.arithmetic import FormulaError, size_of
from shapeguard.spec.dims import AnySize, Dim, Expression, Fixed, Labelled, Named, Variadic
from shapeguard.spec.formula import Formula, Name, Number, leaves_of
from shapeguard.spec.formula_parser import read_formula
from shapeguard.spec.refusal import spec_error

_BROADCAST = re.compile(r"broadcast(?=\s)\s*")
_LABEL = re.compile(r"([^\W\d]\w*)\s*+=\s*+(?=[^\s=])")
_TIMES = re.compile(r"(?<![0-9])[0-9]++\s*+([xX\u00d7])\s*+[0-9]")
_PREFIXES = {"#": "broadcastable", "*": "many", "_": "unchecked", "?": "per leaf of a tree"}

# What stands alone and means different things to different readers.
_ALONE = {
    "": ("an axis is missing here", "write `None` for one axis of any size, or remove the separator"),
    "*": (
        "`*` alone is ambiguous: any number of axes in check_shapes and TensorFlow, one axis in nptyping",
        "write `...` for any number of axes, `None` for one axis of any size",
    ),
    "?": ("`?` alone is a prefix without an axis", "write `None` for one axis of any size"),
    "#": ("`#` alone is a prefix without an axis", "write #name for an axis of size 1 or of the name's size"),
    "broadcast": ("`broadcast` needs an axis after it", "write: broadcast name"),
}


class _Prefixes(NamedTuple):
    """The prefixes of an axis, and where its core starts; `label` is the name before a `=`, if there is one."""

    core: int
    broadcastable: bool
    many: bool
    unchecked: bool
    label: str | None


def read_axis(text: str, start: int, end: int) -> Dim:
    """The dim that `text[start:end]` is, spaces around it apart."""
    start, end = _strip(text, start, end)
    axis = text[start:end]
    if axis == "...":
        return Variadic()
    if axis in _ALONE:
        raise spec_error(text, start, *_ALONE[axis])
    if times := _TIMES.search(text, start, end):
        problem = f"sizes joined by `{times[1]}` are allowed only in comments"
        raise spec_error(text, times.start(1), problem, "separate the axes with spaces or commas: 26 26 32")
    prefixes = _read_prefixes(text, start, end)
    core = text[prefixes.core : end]
    if core.endswith("...") and core[:-3].isidentifier():
        return _many_axes(text, prefixes, core[:-3])
    if prefixes.many:
        return _many_axes(text, prefixes, core)
    if prefixes.unchecked:
        return _unchecked_axis(text, prefixes, core)
    return _one_axis(text, prefixes, end)


def _strip(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _read_prefixes(text: str, start: int, end: int) -> _Prefixes:
    """What comes before the core; as in jaxtyping, a label may stand between prefixes: `#rows=n`, `rows=#n`."""
    broadcast = _BROADCAST.match(text, start, end)
    position = broadcast.end() if broadcast else start
    seen = {"#"} if broadcast else set()
    label = None
    while position < end:
        character = text[position]
        if label is None and character != "_" and (labelled := _LABEL.match(text, position, end)):
            label, position = labelled[1], labelled.end()
            continue
        if character not in _PREFIXES:
            break
        if character in seen:
            problem = f"the prefix `{character}` ({_PREFIXES[character]}) appears twice"
            raise spec_error(text, position, problem, f"write `{character}` once")
        seen.add(character)
        position += 1
    if seen >= {"#", "_"}:
        problem = "an axis that is not checked cannot be broadcastable"
        raise spec_error(text, start, problem, "write `None` for one axis of any size")
    return _Prefixes(position, broadcastable="#" in seen, many="*" in seen, unchecked="_" in seen, label=label)


def _many_axes(text: str, prefixes: _Prefixes, name: str) -> Variadic:
    if prefixes.unchecked and not name:
        return Variadic(label=prefixes.label)
    if not name.isidentifier():
        problem = "only a name can match any number of axes"
        raise spec_error(
            text, prefixes.core, problem, "write *batch or batch..., or `...` for any number of axes without a name"
        )
    if prefixes.unchecked:
        return Variadic(label=prefixes.label or name)
    return Variadic(name, broadcastable=prefixes.broadcastable, label=prefixes.label)


def _unchecked_axis(text: str, prefixes: _Prefixes, name: str) -> AnySize:
    if name and not name.isidentifier():
        hint = "write `None` for one axis of any size"
        raise spec_error(
            text, prefixes.core, "only a name can follow `_`, which means that the axis is not checked", hint
        )
    return AnySize(prefixes.label or name or None)


def _one_axis(text: str, prefixes: _Prefixes, end: int) -> Dim:
    start, broadcastable = prefixes.core, prefixes.broadcastable
    core = text[start:end]
    if core in ("None", "."):
        if broadcastable:
            raise spec_error(text, start, "an axis of any size is already broadcastable", f"write `{core}`")
        return AnySize(prefixes.label)
    if core.isidentifier():
        return Named(core, broadcastable, prefixes.label)
    if core.endswith("#"):
        raise spec_error(text, end - 1, "`#` must be before the axis", f"write #{core[:-1]}")
    try:
        return dim_of(read_formula(text, start, end), broadcastable=broadcastable, label=prefixes.label)
    except FormulaError as error:
        reason = "" if str(error) == f"{core} is negative" else f": {error}"
        hint = "write `None` for one axis of any size" if core == "-1" else "write a size of 0 or more"
        raise spec_error(text, start, f"`{core}` is not a size{reason}", hint) from None


def dim_of(formula: Formula, *, broadcastable: bool, label: str | None = None) -> Dim:
    """The simplest dim that says `formula`; raises `FormulaError` where it is a number that is not a size."""
    match formula:
        case Name(name, in_braces=False):
            return Named(name, broadcastable, label)
        case _ if all(isinstance(leaf, Number) for leaf in leaves_of(formula)):
            size = size_of(formula, {})
            return Fixed(size, broadcastable) if label is None else Labelled(label, size, broadcastable)
        case _:
            return Expression(formula, broadcastable, label)
