"""Trailing comments that are shapes, told from all the others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shapeguard.errors import SpecError
from shapeguard.spec import ShapeSpec, parse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shapeguard.records.network import Shape

_LEAD = r"(?:(?:->|=>)\s*|(?:output|out)?\s*(?:shape)?\s*[:=]\s*|(?:output shape|shape)\s+)?"
_BRACKETED = re.compile(rf"\A{_LEAD}(?P<shape>[(\[][^()\[\]]*[)\]])\s*\Z", re.IGNORECASE)
_PLAIN = re.compile(
    rf"\A{_LEAD}(?P<shape>(?:[A-Z]\w{{0,2}}|\d+|None|\?|_|\.\.\.)(?:\s+(?:[A-Z]\w{{0,2}}|\d+|None|\?|_|\.\.\.))+)\s*\Z"
)
_TIMES = re.compile(rf"\A{_LEAD}(?P<shape>\d+(?:\s*[x×]\s*\d+)+)\s*\Z", re.IGNORECASE)  # noqa: RUF001  as people write
_LEADING = re.compile(r"\A#\s*(?P<shape>[(\[][^()\[\]]*[)\]])(?P<rest>\s+\S.*)\Z")
# Type checkers read their pragma only where a comment begins with it.
_PRAGMA = re.compile(r"\A#\s*(?:type|pyright|mypy|fmt|isort|pragma)\s*:")


def shape_in(part: str) -> tuple[ShapeSpec | None, bool]:
    """The spec that one part of a comment is, and whether the part is a shape at all, readable as a spec or not."""
    words = part.strip().lstrip("#").strip()
    match = _BRACKETED.match(words) or _TIMES.match(words) or _PLAIN.match(words)
    if match is None or (not any(character.isdigit() for character in words) and not words.startswith(("(", "[", "-"))):
        return None, False
    shape = match["shape"]
    try:
        spec = parse(shape.replace("?", "None") if "x" not in shape.lower() and "×" not in shape else "")  # noqa: RUF001
    except SpecError:
        return None, False
    return (spec, True) if isinstance(spec, ShapeSpec) and shape[0] not in "0123456789" else (None, True)


def led_by_shape(part: str, shapes: Iterable[Shape]) -> str | None:
    """The words behind a shape of the ranks seen, with which a comment begins: `# (None, 28, 28, 1)  was 32`.

    `None` where it begins with no such shape: sizes of another rank are about something else.
    """
    match = _LEADING.match(part)
    if match is None:
        return None
    try:
        spec = parse(match["shape"].replace("?", "None"))
    except SpecError:
        return None
    ranks = {len(shape) for shape in shapes}
    return match["rest"] if isinstance(spec, ShapeSpec) and ranks == {len(spec.dims)} and len(spec.dims) > 1 else None


def parts_of(comment: str) -> list[str]:
    """A comment as its parts: `# type: ignore  # (B, 10)` are two."""
    return [part for part in re.split(r"\s*(?=#)", comment) if part.strip("# \t")]


def is_pragma(part: str) -> bool:
    """Whether another tool reads this part, and only at the start of the comment."""
    return _PRAGMA.match(part) is not None


def joined(parts: Iterable[str]) -> str:
    """The parts as one trailing comment."""
    return "  ".join(part.strip() for part in parts)
