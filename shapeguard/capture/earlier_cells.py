"""The shapes declared in cells of a notebook that ran before `%load_ext shapeguard`."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from shapeguard.capture import constructions
from shapeguard.capture.declared_shapes import comment_of, output_layer_of, spec_of
from shapeguard.capture.expectation_store import attach
from shapeguard.records.expectations import Expectation
from shapeguard.source import trees
from shapeguard.source.statements import declared_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import FrameType

    from shapeguard.records.network import Call
    from shapeguard.records.source import Span
    from shapeguard.source.statements import Declaration

_cells: list[str] = []
_names: dict[str, Any] = {}


def read(cells: Iterable[str], names: dict[str, Any]) -> None:
    """From now on the shapes in these cells count; `names` are those that the notebook defines."""
    global _names
    _cells[:], _names = cells, names


def attach_declared(calls: Iterable[Call]) -> None:
    """Attaches what those cells declare to the layers that they created."""
    if not _cells:
        return
    made = [(call, call.construction.call) for call in calls if call.construction is not None]
    for file in _cells:
        inside = [(call, span) for call, span in made if span is not None and span.file == file]
        source = trees.source_of(file) if inside else None
        for declaration in () if source is None else _declarations(source):
            _attach(declaration, inside, source)


def _declarations(source: trees.Source) -> Iterator[Declaration]:
    for declarations in declared_in(source).by_place.values():
        yield from declarations


def _attach(declaration: Declaration, made: Iterable[tuple[Call, Span]], source: Any) -> None:
    """Attaches a declaration to the one layer, or the layers of one call in a loop, that its expression created."""
    around = source.span(declaration.node)
    about = [(call.operation, span) for call, span in made if _is_within(span, around)]
    if len({span for _, span in about}) != 1:
        return
    frame = cast("FrameType", SimpleNamespace(f_globals=_names, f_locals=_names))
    for operation, _ in about:
        spec = spec_of(declaration, operation, frame)
        if spec is not None:
            layer = output_layer_of(operation)
            expectation = Expectation(
                constructions.name_of(layer),
                spec,
                declared=declaration.span,
                origin="annotation" if declaration.annotation is not None else "comment",
                text=declaration.text,
                comment=comment_of(declaration, layer),
            )
            attach(layer, expectation)


def _is_within(inner: Span, outer: Span) -> bool:
    starts = (outer.line, outer.column) <= (inner.line, inner.column)
    return starts and (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)
