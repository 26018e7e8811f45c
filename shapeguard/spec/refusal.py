"""How a spec that cannot be read is refused: the text, a caret under the place, and a hint."""

from __future__ import annotations

import unicodedata

from shapeguard.errors import SpecError
from shapeguard.legible import printable

WINDOW = 72  # columns of the user's text around the caret; a longer text is cut
QUOTED = 40
SENTENCE = 160


def spec_error(text: str, position: int, problem: str, hint: str) -> SpecError:
    """The error to raise for `text`, whose first line stands alone; `position` counts characters from 0."""
    start = max(0, min(position - WINDOW // 2, len(text) - WINDOW))
    shown = [_piece(character) for character in text[start : start + WINDOW]]
    before, after = "..." if start else "", "..." if start + WINDOW < len(text) else ""
    column = len(before) + sum(map(_columns, "".join(shown[: position - start])))
    lines = (
        f'[SG503] "{_cut(text, QUOTED)}": {_cut(problem, SENTENCE)}',
        f"  {before}{''.join(shown)}{after}",
        f"  {' ' * column}^",
        f"  hint: {_cut(hint, SENTENCE)}",
    )
    return SpecError("\n".join(lines))


def describe(value: object) -> str:
    """A cut `repr` of a user's value, or its type's name where `repr` itself fails."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - a user's __repr__ may raise anything, and an error message must not
        text = f"<{type(value).__name__}>"
    return _cut(text, QUOTED)


def _cut(text: str, length: int) -> str:
    if len(text) <= length:
        return _printable(text)
    words = text[:length].rpartition(" ")[0]  # not inside a word, unless the word itself is that long
    return f"{_printable(words if len(words) > length // 2 else text[:length])}..."


def _printable(text: str) -> str:
    """`text` on one line, each character that does not print escaped."""
    return "".join(map(_piece, text))


def _piece(character: str) -> str:
    return " " if character.isspace() else printable(character)


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
