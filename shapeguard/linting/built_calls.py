"""The Keras 1 rule for calls that were made: the values are known, whatever the source spells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.layers.signatures import ALIASES, POSITIONALS
from shapeguard.linting.calls import whole
from shapeguard.linting.findings import Change, Finding, Words, diagnosis_of
from shapeguard.linting.rules.positional import SIZES
from shapeguard.records.source import Span
from shapeguard.source import reading
from shapeguard.source.files import Places, SourceError
from shapeguard.source.suppressions import suppressions
from shapeguard.spec import Fixed, Labelled, ShapeSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shapeguard.records.expectations import Expectation
    from shapeguard.records.findings import Diagnosis
    from shapeguard.records.source import Argument, Construction

_SIZED = frozenset({"Conv2D", "SeparableConv2D"})
_KEEPS_THE_COUNT = frozenset({"Flatten", "Reshape"})


def may_be_keras1(layer_type: str) -> bool:
    """Whether the rule speaks of layers of this class."""
    return ALIASES.get(layer_type, layer_type) in _SIZED


def keras1_sizes_built(made: Sequence[tuple[Construction, Iterable[Expectation]]]) -> tuple[Diagnosis, ...]:
    """SG701 once for each suspicious call, less those that an expectation speaks of, in the order of construction.

    `made` has each layer's construction, in that order, with what is expected of the layer. An expectation of the
    grid that the call gives, or of one that was made after it, exonerates the call where it is met; where it is not,
    the mismatch that follows tells more.
    """
    found: dict[object, Diagnosis] = {}
    spoken_of = False
    for construction, expectations in reversed(made):
        spoken_of = spoken_of or any(_fixes_a_grid(construction, expectation) for expectation in expectations)
        diagnosis = None if spoken_of else keras1_size_built(construction)
        if diagnosis is not None:
            found[construction.call or construction.layer] = diagnosis  # of several layers of one call the first
    return tuple(reversed(found.values()))


def _fixes_a_grid(construction: Construction, expectation: Expectation) -> bool:
    """Whether the expectation can tell one stride from another: by two sizes of a map, or by their product."""
    spec = expectation.spec
    if expectation.quantity != "output" or not isinstance(spec, ShapeSpec):
        return False
    sizes = sum(isinstance(dim, Fixed | Labelled) for dim in spec.dims)
    if construction.layer_type in _KEEPS_THE_COUNT:
        return sizes > 0
    return sizes > 1 and len(spec.dims) > 2  # (batch, features) has no grid


def keras1_size_built(construction: Construction) -> Diagnosis | None:
    """SG701 where strides and kernel size are equal odd integers, both positional; `None` where the call is fine.

    A comment on one of the call's lines silences it. Whether an expectation that was met exonerates the call is for
    the caller to say.
    """
    layer = ALIASES.get(construction.layer_type, construction.layer_type)
    by_position = {argument.position: argument for argument in construction.arguments if argument.position is not None}
    if layer not in _SIZED or construction.indirect or not {0, 1, 2} <= by_position.keys():
        return None
    rows, columns = by_position[1], by_position[2]
    size = rows.value
    if not (whole(size) and isinstance(size, int) and size == columns.value and size > 1 and size % 2):
        return None
    places = _places(construction.call)
    if places is not None and _is_silenced(construction.call, places):
        return None
    return diagnosis_of(_finding(construction, layer, size, (rows, columns), places))


def _finding(
    construction: Construction, layer: str, size: int, sizes: tuple[Argument, Argument], places: Places | None
) -> Finding:
    written = construction.written_name or construction.layer_type
    replaces, replacement = _tuple_of(sizes, places)
    nowhere = Span("<unknown>", 1, 0, 1, 0)
    change = Change("strides", size, 1, sizes[1].span or nowhere, 2, replaces=replaces, replacement=replacement)
    words = Words(
        headline=f"suspicious call {written}(..., {size}, {size}): "
        f"the 3rd positional argument is strides={size}, not the kernel's width",
        title=f"argument `strides={size}`, the 3rd positional argument of {layer}, equals the kernel size",
        explanation=f"{layer} takes ({', '.join(POSITIONALS[layer][:3])}, ...). Two sizes in a row, meaning a "
        f"{size}x{size} kernel, are Keras 1 syntax.",
        label=f"3rd positional argument: strides={size}",
        fix_note="write the kernel size as one tuple",
    )
    call = construction.call or nowhere
    text = _corrected(call, places, change)
    return Finding(SIZES, construction.layer, construction.layer_type, call, (change,), words, text)


def _corrected(call: Span, places: Places | None, change: Change) -> str | None:
    """The call as it should be; `None` where the text at hand is not that of the call."""
    if places is None or change.replaces is None or change.replacement is None:
        return None
    try:
        (start, end), (first, last) = places.offsets(call), places.offsets(change.replaces)
    except SourceError:  # the file has changed since it was imported
        return None
    return f"{places.text[start:first]}{change.replacement}{places.text[last:end]}"


def _tuple_of(sizes: tuple[Argument, Argument], places: Places | None) -> tuple[Span | None, str | None]:
    first, last = (argument.span for argument in sizes)
    if places is None or first is None or last is None:
        return None, None
    span = Span(first.file, first.line, first.column, last.end_line, last.end_column)
    try:
        return span, f"({places.code(span)})"
    except SourceError:  # as there
        return None, None


def _places(call: Span | None) -> Places | None:
    text = "".join(reading.lines_at(call.file)) if call is not None else ""
    return Places(text, call.file) if call is not None and text else None


def _is_silenced(call: Span | None, places: Places) -> bool:
    return call is not None and any(
        one.silences("SG701") and call.line <= one.span.line <= call.end_line
        for one in suppressions(places.text, places.file)
    )
