"""What the source of a watched program may declare without being read, each said once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from shapeguard.source import trees
from shapeguard.source.statements import declared_in

if TYPE_CHECKING:
    from types import CodeType


class Unread:
    """Code without source, and comments that may be about two layers; `notes` are for the user."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self._codes: dict[CodeType, None] = {}
        self._declaring_codes: set[CodeType] = set()
        self._lines: set[tuple[str, int]] = set()

    def note(self, text: str) -> None:
        """Adds a note, once."""
        if text not in self.notes:
            self.notes.append(text)

    def add_code(self, code: CodeType) -> None:
        """Code that ran and whose source is not at hand."""
        self._codes.setdefault(code)

    def add_declaring_code(self, code: CodeType) -> None:
        """Code that says what it expects by `expect(...)`, so that its source need not be at hand."""
        self._declaring_codes.add(code)

    def add_line(self, file: str, line: int) -> None:
        """A line whose expression ran."""
        self._lines.add((file, line))

    @property
    def lines(self) -> frozenset[tuple[str, int]]:
        """The files and lines whose expressions ran."""
        return frozenset(self._lines)

    def conclude(self, *, comments: bool) -> None:
        """Notes the code that could not be read and, with `comments`, the ambiguous comments on lines that ran."""
        for code in self._codes:
            if code not in self._declaring_codes:
                self.note(
                    f"the source of {code.co_qualname!r} ({code.co_filename}) {trees.absence_of(code)}, so its"
                    " comments and local annotations cannot be read: use expect(...), a mapping or a contract file"
                )
        for file in sorted({file for file, _ in self._lines}) if comments else ():
            source = trees.source_of(file)
            for span in () if source is None else declared_in(source).ambiguous:
                if (file, span.line) in self._lines:
                    self.note(
                        f"{Path(file).name}:{span.line}: the comment follows two layers, so it is ignored:"
                        " write each layer on its own line"
                    )
