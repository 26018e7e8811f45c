"""`# shapeguard: ignore[SG101]` where a program runs: what a check found, less what comments silence."""

from __future__ import annotations

import linecache
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shapeguard.source.suppressions import suppressions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from shapeguard.records import Diagnosis, Row, Span
    from shapeguard.source.suppressions import Suppression

_ONLY_LINT_KNOWS = "SG701"


@dataclass(frozen=True, slots=True)
class Audible:
    """What is left to be told; `unused` are comments on lines of this check that name a code in vain."""

    diagnoses: tuple[Diagnosis, ...]
    rows: tuple[Row, ...]
    unused: tuple[Suppression, ...] = ()


def audible(diagnoses: Collection[Diagnosis], rows: Collection[Row]) -> Audible:
    """The diagnoses and rows without those that a comment silences.

    A comment counts on the lines that the message shows, on those of the layer's constructor call, and where the
    expectation was declared. The rows of a silenced mismatch are "not checked". Comments are called unused only where
    nothing else is wrong: a mismatch may hide another.
    """
    silencers = _silencers({span.file for span in _places(diagnoses, rows)})
    if not silencers:
        return Audible(tuple(diagnoses), tuple(rows))
    used: set[Suppression] = set()
    left = []
    for diagnosis in diagnoses:
        silencing = _silencing(diagnosis, rows, silencers)
        used.update(silencing)
        if not silencing:
            left.append(diagnosis)
    silent = _layers(diagnoses) - _layers(left)
    kept = tuple(replace(row, status="not checked") if _is_wrong(row) and row.layer in silent else row for row in rows)
    return Audible(tuple(left), kept, () if left else tuple(_unused(silencers, used, rows)))


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
    texts = {file: "".join(linecache.getlines(file)) for file in sorted(files)}
    return tuple(one for file, text in texts.items() for one in suppressions(text, file))


def _silencing(diagnosis: Diagnosis, rows: Iterable[Row], silencers: Iterable[Suppression]) -> tuple[Suppression, ...]:
    constructions = (row.span for row in rows if row.layer == diagnosis.layer and _is_wrong(row))
    spans = [*_shown(diagnosis), *(span for span in constructions if span is not None)]
    return tuple(
        one for one in silencers if one.silences(diagnosis.code) and any(_touches(span, one) for span in spans)
    )


def _touches(span: Span, one: Suppression) -> bool:
    return span.file == one.span.file and span.line <= one.span.line <= span.end_line


def _is_wrong(row: Row) -> bool:
    return row.status in {"mismatch", "consequence"}


def _layers(diagnoses: Iterable[Diagnosis]) -> set[str]:
    return {name for diagnosis in diagnoses for name in (diagnosis.layer, *diagnosis.consequences)}


def _unused(
    silencers: Iterable[Suppression], used: Collection[Suppression], rows: Collection[Row]
) -> Iterator[Suppression]:
    spans = list(_places((), rows))
    for one in silencers:
        speaks_to_us = set(one.codes) - {_ONLY_LINT_KNOWS}
        if speaks_to_us and one not in used and any(_touches(span, one) for span in spans):
            yield one
