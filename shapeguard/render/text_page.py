"""How the error's text is set: width, medium, and the directory that paths are relative to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.legible import printable
from shapeguard.render import frame, styling
from shapeguard.render.wording import wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.render.frame import Mark
    from shapeguard.render.styling import Medium, Role

_CONTINUED = "\x1f"  # a space to `str`, and no character of printable text
_GUTTER = styling.marked("|", "gutter").partition("|")[0]


@dataclass(frozen=True, slots=True)
class Page:
    """Columns, the directory that paths are relative to, and where the text is shown.

    `annotated` is how many layers have an expectation; `None` if that is not known.
    """

    width: int
    cwd: str
    medium: Medium
    annotated: int | None

    @property
    def wraps(self) -> bool:
        """Whether what shows the text breaks its lines."""
        return self.medium in {"notebook", "page"}

    def paint(self, text: str, role: Role) -> str:
        """Returns the text with its role, which becomes a colour where the medium has colours."""
        start = _CONTINUED if text.startswith(_CONTINUED) else ""
        return start + styling.marked(text.removeprefix(start), role)

    def laid_out(self, lines: Sequence[str]) -> str:
        """Returns the lines as the medium shows them; where text may wrap, each with what it wraps into below it."""
        if not self.wraps:
            return styling.rendered("\n".join(line.rstrip() for line in lines), self.medium)
        whole = re.sub(f"\n *{_CONTINUED}", " ", "\n".join(line.rstrip() for line in lines))
        return "".join(_hanging(line, self.medium) for line in whole.split("\n"))

    def frames(self, marks: Sequence[Mark], indent: str) -> list[str]:
        """Returns the source lines of the marks: with carets below, or where text may wrap, highlighted."""
        return frame.frames(marks, width=self.width, cwd=self.cwd, indent=indent, wraps=self.wraps)

    def prose(self, text: str, indent: str = "  ", hanging: str | None = None) -> list[str]:
        """Returns the text in lines that fit; where text may wrap, those that continue a line say so."""
        if not self.wraps:
            return wrapped(text, self.width, indent, hanging)
        lines = []
        for paragraph in text.splitlines():
            first, *rest = wrapped(paragraph, self.width, indent) or [""]
            lines += [first, *(_CONTINUED + line.strip() for line in rest)]
        return lines

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


def _hanging(line: str, medium: Medium) -> str:
    """A line as an element whose own lines stand below its text."""
    indent = len(line) - len(line.lstrip()) + 2
    style = f"display:block;padding-left:{indent}ch;text-indent:-{indent}ch"
    if line.lstrip().startswith(_GUTTER):
        style += ";word-break:break-all"  # code fills its line
    return f'<span style="{style}">{styling.rendered(line, medium)}\n</span>'


def capped(lines: list[str], most: int, indent: str) -> list[str]:
    """Returns the lines; only the first `most` of them, and "...", if there are more."""
    return lines if len(lines) <= most else [*lines[:most], f"{indent}..."]
