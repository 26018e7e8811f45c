"""`# shapeguard: ignore[SG701]`: which codes are silenced on which line."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shapeguard.records.source import Span
from shapeguard.source.reading import comments_of

_COMMENT = re.compile(r"#\s*shapeguard:\s*ignore\b(?:\s*\[([^\]\n]*)\])?")


@dataclass(frozen=True, slots=True)
class Suppression:
    """One comment: the codes it names, none for all of them."""

    span: Span
    codes: tuple[str, ...]

    def silences(self, code: str) -> bool:
        """Whether the comment speaks of this code."""
        return not self.codes or code in self.codes


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
