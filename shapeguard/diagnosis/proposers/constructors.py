"""Other arguments of a constructor call that raised over shapes."""

from __future__ import annotations

import ast
from itertools import islice
from typing import TYPE_CHECKING

import keras

from shapeguard.diagnosis.rewritten_calls import RewriteCall
from shapeguard.layers import traits_of
from shapeguard.layers.keras1 import Modernised, modernised
from shapeguard.records.source import Opaque
from shapeguard.source.literals import Code
from shapeguard.source.reading import expression_of
from shapeguard.source.trees import source_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.faults import Fault
    from shapeguard.layers.keras1 import Renamed
    from shapeguard.records.source import Argument, Construction

CAP = 24
"""Values that are tried: each makes a layer."""


def propose_modern_call(fault: Fault) -> Iterator[RewriteCall]:
    """The call in the words of Keras 3, if it has something of Keras 1."""
    for construction in fault.constructions:
        cls = getattr(keras.layers, construction.layer_type, None)
        if isinstance(cls, type):
            modern = modernised(construction, cls, traits_of(construction.layer_type).keras1)
            if modern is not None:
                yield _rewritten(construction, modern)


def _rewritten(construction: Construction, modern: Modernised) -> RewriteCall:
    """The call with its edits: those of arguments that only go are left out, unless there are no others."""
    written = {argument.name: argument for argument in construction.arguments}
    again = {"kernel_size", *(new[0] for new in modern.renamed.values() if new is not None)}
    moved: Renamed = {name: (name, value) for name, value in modern.values.items() if name not in again}
    moved.update(modern.renamed)
    kept = {name: new for name, new in moved.items() if new is not None} or {name: (name, None) for name in moved}
    edits = tuple((written[name], *new) for name, new in kept.items())
    return RewriteCall(construction, written[next(iter(moved))], edits, modern, is_keras_1=True)


def propose_other_values(fault: Fault) -> Iterator[RewriteCall]:
    """Sizes taken from the arrays that the call was given, tuples grouped anew."""
    for construction in fault.constructions:
        for argument, value in islice(_values(construction), CAP):
            values = Modernised({argument.name: value}, {})
            yield RewriteCall(construction, argument, ((argument, argument.name, value),), values)


def propose_sizes_of_weights(fault: Fault) -> Iterator[RewriteCall]:
    """The sizes of the array that a call is given as its weights, for the numbers that it starts with."""
    for construction in fault.constructions:
        weights = next((each for each in construction.arguments if each.name == "weights"), None)
        shapes = [] if weights is None else _shapes(weights.value)
        numbers = [each for each in construction.arguments if type(each.value) is int]
        if len(shapes) == 1 and 1 < len(shapes[0]) <= len(numbers):
            yield _sized(construction, list(zip(numbers, shapes[0], strict=False)), _name_of(weights))


def _sized(construction: Construction, sizes: list[tuple[Argument, int | None]], name: str | None) -> RewriteCall:
    edits = tuple((argument, argument.name, size) for argument, size in sizes if argument.value != size)
    new = Modernised({argument.name: size for argument, size in sizes}, {})
    axes = {argument.name: axis for axis, (argument, _) in enumerate(sizes)}
    spelled = {} if name is None else {each.name: Code(f"{name}.shape[{axes[each.name]}]") for each, _, _ in edits}
    hint = f"The weights that are passed have the shape {tuple(size for _, size in sizes)}."
    return RewriteCall(construction, edits[0][0], edits, new, hint=hint, spelled=spelled)


def _name_of(weights: Argument | None) -> str | None:
    """The name of the one array in a list of weights; `None` where it has none, or no source is at hand."""
    span = None if weights is None else weights.span
    source = None if span is None else source_of(span.file)
    text = "" if source is None or span is None else source.text(span)
    match expression_of(text.partition("=")[2]):
        case ast.List(elts=[ast.Name(id=name)]):
            return name
        case _:
            return None


def _values(made: Construction) -> Iterator[tuple[Argument, object]]:
    sizes = _sizes(made)
    for argument in made.arguments:
        if argument.name == "padding" and not isinstance(argument.value, str):
            yield argument, "valid"
        if isinstance(argument.value, list | tuple):
            for value in _regrouped(tuple(argument.value)):
                yield argument, value
    for argument in made.arguments:
        if isinstance(argument.value, int) and not isinstance(argument.value, bool):
            for size in sizes:
                if size != argument.value:
                    yield argument, size


def _regrouped(values: tuple[object, ...]) -> Iterator[object]:
    """The same numbers in pairs, or fewer of them: one number an axis, one for all."""
    flat = [v for item in values for v in (item if isinstance(item, list | tuple) else (item,))]
    if not all(isinstance(v, int) for v in flat):
        return
    if len(flat) % 2 == 0 and len(flat) > 2:
        yield tuple(zip(flat[::2], flat[1::2], strict=True))
    for length in range(len(flat) - 1, 1, -1):
        yield tuple(flat[:length])
    if flat:
        yield flat[0]


def _sizes(made: Construction) -> list[int]:
    """The sizes of the arrays among the arguments, each once."""
    shapes = [shape for argument in made.arguments for shape in _shapes(argument.value)]
    return list(dict.fromkeys(size for shape in shapes for size in shape if size))


def _shapes(value: object) -> list[tuple[int | None, ...]]:
    if isinstance(value, Opaque):
        return [value.shape] if value.shape is not None else []
    if isinstance(value, list | tuple):
        return [shape for item in value for shape in _shapes(item)]
    return []
