"""Constructor calls that raised over how an argument is written: a keyword nearly right, a number for a tuple."""

from __future__ import annotations

from ast import unparse
from math import prod
from typing import TYPE_CHECKING

import keras

from shapeguard.diagnosis.rewritten_calls import RewriteCall
from shapeguard.layers import arguments_with
from shapeguard.layers.close_names import BATCHES, INPUT_SHAPES, close_name, keywords_of, needed_by
from shapeguard.layers.keras1 import Modernised
from shapeguard.source import reading, trees
from shapeguard.source.literals import Code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.faults import Fault
    from shapeguard.layers.keras1 import Renamed
    from shapeguard.records.source import Argument, Construction

SHAPES = ("shape", "dims")
"""How the names of arguments end that take a tuple, one size an axis without the batch."""


def propose_close_keywords(fault: Fault) -> Iterator[RewriteCall]:
    """Each keyword that the class does not have under the name that is nearly the same."""
    for construction in fault.constructions:
        cls = getattr(keras.layers, construction.layer_type, None)
        if isinstance(cls, type):
            yield from _renamed(construction, cls)


def _renamed(construction: Construction, cls: type) -> Iterator[RewriteCall]:
    unknown = _unknown(construction, cls)
    names = _meant(construction, cls, unknown)
    if unknown and len(names) == len(unknown):
        edits = tuple((each, name, each.value) for each, name in zip(unknown, names, strict=True))
        renamed: Renamed = {argument.name: (name, value) for argument, name, value in edits}
        yield RewriteCall(construction, unknown[0], edits, Modernised({}, renamed))


def _unknown(construction: Construction, cls: type) -> list[Argument]:
    """The keywords that the class does not have."""
    known = (*keywords_of(cls), *INPUT_SHAPES, *BATCHES)
    return [each for each in construction.arguments if each.position is None and each.name not in known]


def _meant(construction: Construction, cls: type, unknown: list[Argument]) -> list[str]:
    """What each of these was meant to be, if that is clear, as long as no two are the same."""
    written = {argument.name for argument in construction.arguments}
    free = [name for name in (*keywords_of(cls), *INPUT_SHAPES) if name not in written]
    names = (close_name(argument.name, free, needed_by(cls)) for argument in unknown)
    return list(dict.fromkeys(name for name in names if name is not None))


def propose_tuples(fault: Fault) -> Iterator[RewriteCall]:
    """A tuple for a number where sizes of several axes are meant: `(784,)` for `(784)`, `(7, 7)` for `7, 7`."""
    for construction in fault.constructions:
        yield from _rows(construction)
        for argument in construction.arguments:
            if type(argument.value) is int and argument.name.endswith(SHAPES):
                yield _one_size(construction, argument)


def _one_size(construction: Construction, argument: Argument) -> RewriteCall:
    value = (None, argument.value) if argument.name.startswith("batch") else (argument.value,)
    text = _text_of(argument)
    written = None if text is None else Code(f"(None, {text})" if len(value) == 2 else f"({text},)")
    hint = f"A shape is a tuple, one size an axis: it is the comma that makes `{value}` one, not the parentheses."
    return _with(construction, argument, value, hint, written)


def _rows(construction: Construction) -> Iterator[RewriteCall]:
    """Numbers in a row that are one tuple: `Reshape(7, 7)`, `UpSampling2D(2, 2)`."""
    row = [argument for argument in construction.arguments if argument.position is not None]
    if len(row) > 1 and all(type(argument.value) is int for argument in row):
        first, *others = row
        value = tuple(argument.value for argument in row)
        new = Modernised({first.name: value}, dict.fromkeys(argument.name for argument in others))
        hint = f"{construction.layer_type} takes these sizes as one tuple."
        yield RewriteCall(construction, first, ((first, first.name, value),), new, hint=hint)


def propose_numbers_for_tuples(fault: Fault) -> Iterator[RewriteCall]:
    """A number for a tuple where a layer takes one: `Dense(64)` for `Dense((64,))`; two arguments exchanged."""
    for construction in fault.constructions:
        exchanged = _exchanged(construction)
        yield from exchanged
        for argument in () if exchanged else construction.arguments:
            if argument.name in arguments_with("counts") and isinstance(argument.value, list | tuple):
                yield from _numbers(construction, argument, tuple(argument.value))


def propose_plain_numbers(fault: Fault) -> Iterator[RewriteCall]:
    """Python's own number for one of NumPy: `Dense(int(width // 2))`; both are recorded as the same value."""
    for construction in fault.constructions:
        for argument in construction.arguments:
            text = _text_of(argument) if argument.name in arguments_with("counts") else None
            if text is not None and type(argument.value) is int and not text.isdecimal():
                written = Code(f"int({text})")
                new = Modernised({argument.name: argument.value}, {})
                hint = f"The value is a number of NumPy; {construction.layer_type} takes Python's own."
                edits = ((argument, argument.name, written),)
                yield RewriteCall(construction, argument, edits, new, hint=hint, spelled={argument.name: written})


def _numbers(construction: Construction, argument: Argument, sizes: tuple[object, ...]) -> Iterator[RewriteCall]:
    known = [size for size in sizes if isinstance(size, int)]
    layer, name = construction.layer_type, argument.name
    if len(sizes) == len(known) == 1:
        yield _with(construction, argument, known[0], f"{layer} takes one number as `{name}`.")
    elif known:
        last = f"{layer} takes one number as `{name}`, the size of its last axis; the others are those of its input."
        yield _with(construction, argument, known[-1], last)
    if len(sizes) == len(known) > 1:
        product = " * ".join(map(str, known))
        whole = f"{layer} takes one number as `{name}`; {product} of them can be given the axes {sizes} behind it."
        yield _with(construction, argument, prod(known), whole)


def _exchanged(construction: Construction) -> list[RewriteCall]:
    """The first two arguments in the other order: `Conv2D((3, 3), 32)`."""
    first, second = (*construction.arguments, None, None)[:2]
    if first is None or second is None or first.position is None or second.position is None:
        return []
    if isinstance(first.value, list | tuple) and type(second.value) is int:
        new: dict[str, object] = {first.name: second.value, second.name: first.value}
        edits = ((first, first.name, second.value), (second, second.name, first.value))
        hint = f"{construction.layer_type} takes ({first.name}, {second.name}, ...)."
        return [RewriteCall(construction, first, edits, Modernised(new, {}), hint=hint)]
    return []


def _with(
    construction: Construction, argument: Argument, value: object, hint: str, written: Code | None = None
) -> RewriteCall:
    new = Modernised({argument.name: value}, {})
    spelled = {} if written is None else {argument.name: written}
    return RewriteCall(construction, argument, ((argument, argument.name, value),), new, hint=hint, spelled=spelled)


def _text_of(argument: Argument) -> str | None:
    """How the value of an argument is written, without parentheses around it; `None` without source."""
    source = None if argument.span is None else trees.source_of(argument.span.file)
    text = "" if source is None or argument.span is None else source.text(argument.span)
    tree = reading.expression_of(text.partition("=")[2] if argument.position is None else text)
    return None if tree is None else unparse(tree)
