"""`Report`: what a check found, and every form in which it can be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shapeguard.records import Diagnosis, Row, Search

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found: diagnoses, most upstream first, one row a forward call, and the sizes that names stand for."""

    diagnoses: tuple[Diagnosis, ...] = ()
    rows: tuple[Row, ...] = ()
    bindings: Mapping[str, object] = field(default_factory=dict)
    search: Search = Search()

    @property
    def ok(self) -> bool:
        """Whether every expectation was met and nothing suspicious was found."""
        return not self.diagnoses and all(row.status not in {"mismatch", "consequence"} for row in self.rows)

    def __str__(self) -> str:
        """The message, where something is wrong, above the table."""
        return "\n\n".join(part for part in (self.message(), self.to_table()) if part)

    def message(self, *, width: int = 88, colour: bool = False) -> str:
        """The error's text; "" where there is no diagnosis."""
        from shapeguard.render.text import message

        annotated = sum(row.expected is not None for row in self.rows)
        return message(self.diagnoses, width=width, colour=colour, annotated=annotated or None)

    def to_table(self, format: str = "simple", *, width: int | None = None) -> str:  # noqa: A002  tabulate's own word
        """The rows as a table: "simple", "github", "html" or "rounded_outline"; columns are dropped beyond `width`."""
        from shapeguard.render.table import table

        return table(self.rows, format, width)
