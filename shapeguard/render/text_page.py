"""How the error's text is set: width, colours, and the directory that paths are relative to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.render import frame
from shapeguard.render.wording import wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.render.frame import Mark

_COLOURS = {"code": "1;31", "mark": "1;31", "fix": "32", "strong": "1"}


@dataclass(frozen=True, slots=True)
class Page:
    """Columns, the directory that paths are relative to, colours or none.

    `annotated` is how many layers have an expectation; `None` if that is not known.
    """

    width: int
    cwd: str
    colour: bool
    annotated: int | None

    def paint(self, text: str, role: str) -> str:
        """Returns the text in the colour of its role, if there are colours."""
        return f"\x1b[{_COLOURS[role]}m{text}\x1b[0m" if self.colour and text else text

    def frames(self, marks: Sequence[Mark], indent: str) -> list[str]:
        """Returns the source lines of the marks, with carets."""
        return frame.frames(marks, width=self.width, cwd=self.cwd, indent=indent, paint=self.paint)

    def prose(self, text: str, indent: str = "  ", hanging: str | None = None) -> list[str]:
        """Returns the text in lines that fit."""
        return wrapped(text, self.width, indent, hanging)


def capped(lines: list[str], most: int, indent: str) -> list[str]:
    """Returns the lines; only the first `most` of them, and "...", if there are more."""
    return lines if len(lines) <= most else [*lines[:most], f"{indent}..."]
