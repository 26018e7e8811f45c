"""How the error's text is set: width, medium, and the directory that paths are relative to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.legible import printable
from shapeguard.render import frame, styling
from shapeguard.render.wording import wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.render.frame import Mark
    from shapeguard.render.styling import Medium, Role


@dataclass(frozen=True, slots=True)
class Page:
    """Columns, the directory that paths are relative to, and where the text is shown.

    `annotated` is how many layers have an expectation; `None` if that is not known.
    """

    width: int
    cwd: str
    medium: Medium
    annotated: int | None

    def paint(self, text: str, role: Role) -> str:
        """Returns the text with its role, which becomes a colour where the medium has colours."""
        return styling.marked(text, role)

    def laid_out(self, lines: Sequence[str]) -> str:
        """Returns the lines as the medium shows them."""
        return styling.rendered("\n".join(line.rstrip() for line in lines), self.medium)

    def frames(self, marks: Sequence[Mark], indent: str) -> list[str]:
        """Returns the source lines of the marks: with carets below, or where text may wrap, highlighted."""
        wraps = self.medium in {"notebook", "page"}
        return frame.frames(marks, width=self.width, cwd=self.cwd, indent=indent, wraps=wraps)

    def prose(self, text: str, indent: str = "  ", hanging: str | None = None) -> list[str]:
        """Returns the text in lines that fit."""
        return wrapped(text, self.width, indent, hanging)

    def headed(self, heading: str, text: str, role: Role, hanging: str = "  ") -> list[str]:
        """Returns `heading: text` in lines that fit, the heading with its role."""
        rest = sum(not character.isspace() for character in printable(heading)) + 1
        lines = []
        for line in self.prose(f"{heading}: {text}".rstrip(), hanging=hanging):
            places = [place for place, character in enumerate(line, 1) if not character.isspace()][:rest]
            end = places[-1] if places else 0
            rest -= len(places)
            start = min(len(line) - len(line.lstrip()), end)
            lines.append(line[:start] + self.paint(line[start:end], role) + line[end:])
        return lines


def capped(lines: list[str], most: int, indent: str) -> list[str]:
    """Returns the lines; only the first `most` of them, and "...", if there are more."""
    return lines if len(lines) <= most else [*lines[:most], f"{indent}..."]
