"""`# shapeguard: ignore[SG101]`: what a comment silences, and what is left of a report."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shapeguard.records.source import Span
from shapeguard.source.reading import comments_of, lines_at

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from shapeguard.records.findings import Diagnosis, Row

_COMMENT = re.compile(r"#\s*shapeguard:\s*ignore\b(?:\s*\[([^\]\n]*)\])?")
_LINT = "SG7"


@dataclass(frozen=True, slots=True)
class Suppression:
    """One comment: the codes, beginnings of codes and names of rules that it lists; none for all of them."""

    span: Span
    codes: tuple[str, ...]

    def silences(self, code: str, rule: str = "") -> bool:
        """Whether the comment lists this code or the name of its rule, or nothing and so every code."""
        return not self.codes or any(selects(selector, code, rule) for selector in self.codes)

    def touches(self, places: Iterable[Span]) -> bool:
        """Whether the comment is on a line of one of these places."""
        span = self.span
        return any(place.file == span.file and place.line <= span.line <= place.end_line for place in places)

    def sentence(self) -> str:
        """What a user reads of it if it is unused; its place is in front of that."""
        return f"unused `# shapeguard: ignore[{', '.join(self.codes)}]`: nothing to suppress on this line"


def selects(selector: str, code: str, rule: str = "") -> bool:
    """Whether a selector, a code, the beginning of codes such as `SG7` or the name of a rule, is about this code."""
    return selector == rule if not selector.startswith("SG") else code.startswith(selector)


def suppressions(text: str, file: str) -> tuple[Suppression, ...]:
    """The suppressing comments of a file, in order."""
    if _COMMENT.search(text) is None:
        return ()
    suppressing = []
    for comment in comments_of(text):
        match = _COMMENT.search(comment.text)
        if match is not None:
            start = comment.column + match.start()
            span = Span(file, comment.line, start, comment.line, start + len(match.group()))
            codes = tuple(code.strip() for code in (match.group(1) or "").split(",") if code.strip())
            suppressing.append(Suppression(span, codes))
    return tuple(suppressing)


def without_suppressed(
    diagnoses: Collection[Diagnosis], rows: Collection[Row]
) -> tuple[tuple[Diagnosis, ...], tuple[Row, ...]]:
    """The diagnoses and rows without those that a comment silences.

    A comment counts on the lines that the message shows, on those of the layer's constructor call, and where the
    expectation was declared. The rows of a silenced mismatch are "not checked".
    """
    comments = _in_files_of([*_places_shown(diagnoses), *_places_of(rows)]) if diagnoses else ()
    left = tuple(diagnosis for diagnosis in diagnoses if not _is_silenced(diagnosis, rows, comments))
    silent = _layers(diagnoses) - _layers(left)
    if not silent:
        return left, tuple(rows)
    return left, tuple(
        replace(row, status="not checked") if _is_wrong(row) and row.layer in silent else row for row in rows
    )


def unused(rows: Collection[Row]) -> tuple[Suppression, ...]:
    """The comments on lines of these layers that name a code in vain; none where a mismatch may hide another."""
    if any(map(_is_wrong, rows)):
        return ()
    checked = list(_places_of(row for row in rows if row.status != "not checked"))
    silenced = list(_places_of(row for row in rows if row.status == "not checked"))
    return tuple(
        comment
        for comment in _in_files_of(checked)
        if not all(map(_is_for_lint, comment.codes)) and comment.touches(checked) and not comment.touches(silenced)
    )


def may_suppress(spans: Iterable[Span]) -> bool:
    """Whether a comment at one of these places could silence what is found where the program runs."""
    places = list(spans)
    return any(
        comment.touches(places) and (not comment.codes or not all(map(_is_for_lint, comment.codes)))
        for comment in _in_files_of(places)
    )


def _is_for_lint(selector: str) -> bool:
    """Whether only `lint` knows what the selector is about; it reports the ones that are nothing at all, too."""
    return selector.startswith(_LINT) or not selector.startswith("SG")


def _in_files_of(places: Iterable[Span]) -> tuple[Suppression, ...]:
    files = sorted({place.file for place in places})
    return tuple(comment for file in files for comment in suppressions("".join(lines_at(file)), file))


def _places_shown(diagnoses: Iterable[Diagnosis]) -> Iterator[Span]:
    """The places that the messages show."""
    for diagnosis in diagnoses:
        edits = diagnosis.causes[0].edits if diagnosis.causes else ()
        edited = (span for edit in edits for span in (edit.span, edit.replaces))
        yield from (span for span in (diagnosis.declared, diagnosis.raised_at, *edited) if span is not None)


def _places_of(rows: Iterable[Row]) -> Iterator[Span]:
    for row in rows:
        yield from (span for span in (row.span, row.declared) if span is not None)


def _is_silenced(diagnosis: Diagnosis, rows: Iterable[Row], comments: Iterable[Suppression]) -> bool:
    constructions = (row.span for row in rows if row.layer == diagnosis.layer and _is_wrong(row))
    places = [*_places_shown([diagnosis]), *(span for span in constructions if span is not None)]
    return any(comment.silences(diagnosis.code, diagnosis.rule) and comment.touches(places) for comment in comments)


def _is_wrong(row: Row) -> bool:
    return row.status in {"mismatch", "consequence"}


def _layers(diagnoses: Iterable[Diagnosis]) -> set[str]:
    return {name for diagnosis in diagnoses for name in (diagnosis.layer, *diagnosis.consequences)}
