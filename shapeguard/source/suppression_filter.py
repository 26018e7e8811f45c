"""`# shapeguard: ignore[SG101]` where a program runs: what a check found, less what comments silence."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.source import reading
from shapeguard.source.suppressions import suppressions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from shapeguard.records.findings import Diagnosis, Row
    from shapeguard.records.source import Span
    from shapeguard.source.suppressions import Suppression

_ONLY_LINT_KNOWS = "SG701"


def without_suppressed(
    diagnoses: Collection[Diagnosis], rows: Collection[Row]
) -> tuple[tuple[Diagnosis, ...], tuple[Row, ...]]:
    """The diagnoses and rows without those that a comment silences.

    A comment counts on the lines that the message shows, on those of the layer's constructor call, and where the
    expectation was declared. The rows of a silenced mismatch are "not checked".
    """
    silencers = _silencers({span.file for span in _places(diagnoses, rows)}) if diagnoses else ()
    left = tuple(each for each in diagnoses if not _is_silenced(each, rows, silencers))
    silent = _layers(diagnoses) - _layers(left)
    kept = (replace(row, status="not checked") if _is_wrong(row) and row.layer in silent else row for row in rows)
    return left, tuple(kept) if silent else tuple(rows)


def unused(rows: Collection[Row]) -> tuple[Suppression, ...]:
    """The comments on lines of these layers that name a code in vain; none where a mismatch may hide another."""
    if any(map(_is_wrong, rows)):
        return ()
    spans = list(_places((), (row for row in rows if row.status != "not checked")))
    silent = list(_places((), (row for row in rows if row.status == "not checked")))
    return tuple(
        one
        for one in _silencers({span.file for span in spans})
        if set(one.codes) - {_ONLY_LINT_KNOWS}
        and any(_touches(span, one) for span in spans)
        and not any(_touches(span, one) for span in silent)
    )


def may_suppress(spans: Iterable[Span]) -> bool:
    """Whether a comment at one of these places could silence what is found where the program runs."""
    places = list(spans)
    return any(
        one.codes != (_ONLY_LINT_KNOWS,) and any(_touches(span, one) for span in places)
        for one in _silencers({span.file for span in places})
    )


def sentence(one: Suppression) -> str:
    """What is said of an unused comment; its place stands in front of it."""
    return f"unused `# shapeguard: ignore[{', '.join(one.codes)}]`: nothing to silence on this line"


def _places(diagnoses: Iterable[Diagnosis], rows: Iterable[Row]) -> Iterator[Span]:
    for diagnosis in diagnoses:
        yield from _shown(diagnosis)
    for row in rows:
        yield from (span for span in (row.span, row.declared) if span is not None)


def _shown(diagnosis: Diagnosis) -> Iterator[Span]:
    """The places that the message shows."""
    edits = diagnosis.causes[0].edits if diagnosis.causes else ()
    spans = (diagnosis.declared, diagnosis.raised_at, *(span for edit in edits for span in (edit.span, edit.replaces)))
    yield from (span for span in spans if span is not None)


def _silencers(files: Iterable[str]) -> tuple[Suppression, ...]:
    texts = {file: "".join(reading.lines_at(file)) for file in sorted(files)}
    return tuple(one for file, text in texts.items() for one in suppressions(text, file))


def _is_silenced(diagnosis: Diagnosis, rows: Iterable[Row], silencers: Iterable[Suppression]) -> bool:
    constructions = (row.span for row in rows if row.layer == diagnosis.layer and _is_wrong(row))
    spans = [*_shown(diagnosis), *(span for span in constructions if span is not None)]
    return any(one.silences(diagnosis.code) and any(_touches(span, one) for span in spans) for one in silencers)


def _touches(span: Span, one: Suppression) -> bool:
    return span.file == one.span.file and span.line <= one.span.line <= span.end_line


def _is_wrong(row: Row) -> bool:
    return row.status in {"mismatch", "consequence"}


def _layers(diagnoses: Iterable[Diagnosis]) -> set[str]:
    return {name for diagnosis in diagnoses for name in (diagnosis.layer, *diagnosis.consequences)}
