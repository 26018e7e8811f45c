"""`# shapeguard: ignore[SG701]`: which codes are silenced on which line."""

from __future__ import annotations

import io
import re
import tokenize
from dataclasses import dataclass

from shapeguard.records.source import Span
from shapeguard.source.files import lines_of

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
    """The suppressing comments of a file, in order; none where it cannot be split into tokens."""
    if _COMMENT.search(text) is None:
        return ()
    found = []
    newlines = "".join(line.rstrip("\r\n") + "\n" for line in lines_of(text))
    try:
        for token in tokenize.generate_tokens(io.StringIO(newlines).readline):
            match = _COMMENT.search(token.string) if token.type == tokenize.COMMENT else None
            if match is not None:
                line, column = token.start
                start = column + match.start()
                span = Span(file, line, start, line, start + len(match.group()))
                codes = tuple(code.strip() for code in (match.group(1) or "").split(",") if code.strip())
                found.append(Suppression(span, codes))
    except (tokenize.TokenError, SyntaxError):
        return tuple(found)
    return tuple(found)
