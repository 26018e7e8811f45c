"""The rule keras1-size for calls that were made: the values are known, whatever the source spells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.layers import Role, role_of
from shapeguard.layers.keras1 import is_kernel_size, size_pair
from shapeguard.linting.findings import Change, Finding, diagnosis_of
from shapeguard.linting.rules.keras1_size import RULE
from shapeguard.linting.size_pairs import takes_kernel, text_of
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

_KEEPS_THE_COUNT = frozenset({Role.FLATTEN, Role.RESHAPE})


def keras1_sizes_built(built: Sequence[tuple[Construction, Iterable[Expectation]]]) -> tuple[Diagnosis, ...]:
    """The suspicious calls among those that made the layers of a model.

    An expectation of the grid that a call gives, or that a later one does, exonerates the call if it is met; if it is
    not, the mismatch that follows explains more.

    Args:
        built: Each layer's construction with what is expected of the layer, in the order of construction.

    Returns:
        One diagnosis per call, in the same order.
    """
    diagnoses: dict[object, Diagnosis] = {}
    expected = False
    for construction, expectations in reversed(built):
        expected = expected or any(_fixes_a_grid(construction, expectation) for expectation in expectations)
        diagnosis = None if expected else keras1_size_built(construction)
        if diagnosis is not None:
            diagnoses[construction.call or construction.layer] = diagnosis  # of several layers of one call the first
    return tuple(reversed(diagnoses.values()))


def _fixes_a_grid(construction: Construction, expectation: Expectation) -> bool:
    """Whether the expectation can tell one stride from another: by two sizes of a map, or by their product."""
    spec = expectation.spec
    if expectation.quantity != "output" or not isinstance(spec, ShapeSpec):
        return False
    sizes = sum(isinstance(dim, Fixed | Labelled) for dim in spec.dims)
    if role_of(construction.layer_type) in _KEEPS_THE_COUNT:
        return sizes > 0
    return sizes > 1 and len(spec.dims) > 2  # (batch, features) has no grid


def keras1_size_built(construction: Construction) -> Diagnosis | None:
    """SG701 if strides and kernel size are equal odd integers, both positional; `None` if the call is fine.

    A comment on one of the call's lines suppresses it. Whether an expectation that was met exonerates the call is for
    the caller to decide.
    """
    pair = _size_pair(construction)
    if pair is None:
        return None
    places = _places(construction.call)
    if places is not None and _is_suppressed(construction.call, places):
        return None
    return diagnosis_of(_finding(construction, pair, places), RULE)


def _size_pair(construction: Construction) -> tuple[Argument, Argument] | None:
    """Two positional arguments in a row that can only be a kernel's sizes."""
    pair = size_pair(construction)
    if pair is None or construction.indirect or not takes_kernel(construction.layer_type):
        return None
    return pair if is_kernel_size(pair[0].value) else None


def _finding(construction: Construction, sizes: tuple[Argument, Argument], places: Places | None) -> Finding:
    layer, size = construction.layer_type, sizes[0].value
    written = construction.written_name or layer
    nowhere = Span("<unknown>", 1, 0, 1, 0)
    call = construction.call or nowhere
    replaces, replacement = _as_tuple(sizes, places)
    change = Change("strides", size, 1, sizes[1].span or nowhere, 2, replaces=replaces, replacement=replacement)
    syntax = f"Two separate sizes for a {size}x{size} kernel are Keras 1 syntax."
    text = text_of(f"{written}(..., {size}, {size})", layer, size, syntax)
    return Finding(construction.layer, layer, call, (change,), text, _corrected(call, places, change))


def _corrected(call: Span, places: Places | None, change: Change) -> str | None:
    """The call as it should be; `None` if the text at hand is not that of the call."""
    if places is None or change.replaces is None or change.replacement is None:
        return None
    try:
        (start, end), (first, last) = places.offsets(call), places.offsets(change.replaces)
    except SourceError:  # the file has changed since it was imported
        return None
    return f"{places.text[start:first]}{change.replacement}{places.text[last:end]}"


def _as_tuple(sizes: tuple[Argument, Argument], places: Places | None) -> tuple[Span | None, str | None]:
    """The place of both sizes, and their text in brackets; of neither if the source is not at hand."""
    first, last = (argument.span for argument in sizes)
    if places is None or first is None or last is None:
        return None, None
    span = Span(first.file, first.line, first.column, last.end_line, last.end_column)
    try:
        return span, f"({places.code(span)})"
    except SourceError:  # as above
        return None, None


def _places(call: Span | None) -> Places | None:
    text = "".join(reading.lines_at(call.file)) if call is not None else ""
    return Places(text, call.file) if call is not None and text else None


def _is_suppressed(call: Span | None, places: Places) -> bool:
    comments = suppressions(places.text, places.file) if call is not None else ()
    return any(comment.silences(RULE.code, RULE.name) and comment.touches([call]) for comment in comments if call)
