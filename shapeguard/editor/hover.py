"""Why a size is what it is, where the pointer is on a call, and what an argument decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.records.source import OperationName, Span
from shapeguard.render.derivation_text import size_lines
from shapeguard.render.wording import name_text, shape_text, value_text
from shapeguard.static.explaining import explained, written_arguments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.editor.positions import Place
    from shapeguard.records.derivations import ExplainedCall
    from shapeguard.records.network import Call
    from shapeguard.static.explaining import Written
    from shapeguard.static.program import Program

MOST_CALLS = 3


@dataclass(frozen=True, slots=True)
class Hover:
    """A text about a span: paragraphs of a heading and lines."""

    span: Span
    paragraphs: tuple[tuple[str, tuple[str, ...]], ...]


def hover_at(program: Program, place: Place) -> Hover | None:
    """What there is to say of the innermost call or argument at a place; `None` where there is none."""
    spans: dict[Span, list[tuple[str, tuple[str, ...]]]] = {}
    for span, paragraph in (*_of_calls(program, place), *_of_arguments(program, place)):
        spans.setdefault(span, []).append(paragraph)
    if not spans:
        return None
    span = min(spans, key=_extent)
    paragraphs = list(dict.fromkeys(spans[span]))
    rest = len(paragraphs) - MOST_CALLS
    more = [(f"and {rest} more", ())] if rest > 0 else []
    return Hover(span, (*paragraphs[:MOST_CALLS], *more))


def _extent(span: Span) -> tuple[int, int]:
    """The size of a span among those that hold the same place."""
    return span.end_line - span.line, span.end_column - span.column


def _holds(span: Span | None, place: Place) -> bool:
    where = place.line, place.column
    return span is not None and (span.line, span.column) <= where <= (span.end_line, span.end_column)


def _of_calls(program: Program, place: Place) -> Iterator[tuple[Span, tuple[str, tuple[str, ...]]]]:
    """The calls that make a tensor, with the arithmetic of its sizes."""
    makers = {value: call for call in program.network.calls for value in call.outputs}
    for stated in program.shapes:
        if not _holds(stated.span, place):
            continue
        call = makers.get(stated.value) if stated.value is not None else None
        if call is None:
            yield stated.span, (f"{stated.name}: {shape_text(stated.shape)}", ())
        else:
            found = explained(program, call)
            yield stated.span, (_heading(found), tuple(size_lines(found)))


def _heading(call: ExplainedCall) -> str:
    kind = "" if isinstance(call.layer, OperationName) else f" ({call.layer_type})"
    return f"{name_text(call.layer)}{kind}: {shape_text(call.inputs)} -> {shape_text(call.output)}"


def _of_arguments(program: Program, place: Place) -> Iterator[tuple[Span, tuple[str, tuple[str, ...]]]]:
    """The arguments of constructor calls, with the sizes that they decide."""
    for call in program.network.calls:
        made = call.construction
        if made is None or made.call is None or made.call.file != program.file or not _holds(made.call, place):
            continue
        for written in written_arguments(call):
            span = written.argument.span
            if span is not None and _holds(span, place):
                yield span, _decided(program, call, written)


def _decided(program: Program, call: Call, written: Written) -> tuple[str, tuple[str, ...]]:
    """What an argument decides about the output of a call."""
    argument = written.argument
    text = f"{argument.name}={value_text(argument.value)} of {written.layer_type}"
    lines = tuple(
        f"{size.name}: {size.arithmetic or 'not known'}"
        for size in explained(program, call).sizes
        if any((each.name, each.of) == (argument.name, written.of) for each in size.arguments)
    )
    return (f"{text} decides", lines) if lines else (f"{text} decides about no size of {name_text(call.layer)}", ())
