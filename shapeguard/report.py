"""`Report`: what a check found, and every form in which it can be read."""

# ruff: noqa: PLC0415  each form is imported when it is asked for: a report costs nothing until it is read
from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapeguard.legible import Legible
from shapeguard.records.findings import Diagnosis, Row, Search

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

SUFFIXES = (".html", ".json", ".md", ".sarif", ".svg", ".txt")
"""The files that `Report.write` can write."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found: diagnoses, one row a forward call, and the sizes that names stand for."""

    diagnoses: tuple[Diagnosis, ...] = ()
    rows: tuple[Row, ...] = ()
    bindings: Mapping[str, object] = field(default_factory=dict)
    search: Search = field(default_factory=Search)

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

    def to_html(self) -> str:
        """One self-contained page: messages, table, picture, and what is behind each layer."""
        from shapeguard.render.html import html

        return html(self.diagnoses, self.rows, self.bindings, ok=self.ok)

    def _repr_html_(self) -> str:
        from shapeguard.render.html import fragment

        return fragment(self.diagnoses, self.rows, ok=self.ok)

    def to_svg(self) -> str:
        """The network as a picture, the cause and the way to the mismatch marked."""
        from shapeguard.render.svg import svg

        return svg(self.rows, self.diagnoses, ok=self.ok)

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON's own types, under the documented schema; paths are relative to the working directory."""
        from shapeguard.render.document import document

        return document(self.diagnoses, self.rows, self.bindings, self.search, ok=self.ok)

    def to_json(self) -> str:
        """`to_dict()` as JSON text."""
        return json.dumps(self.to_dict(), indent=2, allow_nan=False) + "\n"

    def to_sarif(self) -> str:
        """The findings as SARIF 2.1.0, for code scanning."""
        from shapeguard.render.sarif import sarif
        from shapeguard.version import __version__

        return json.dumps(sarif(self.diagnoses, version=__version__), indent=2) + "\n"

    def to_github(self) -> str:
        """One GitHub workflow command a finding, which annotates its line; "" without findings."""
        from shapeguard.render.github import workflow_commands

        return workflow_commands(self.diagnoses)

    def to_markdown(self) -> str:
        """Messages and table as Markdown, for the summary of a workflow run or a pull request."""
        from shapeguard.render.github import markdown

        return markdown(self.diagnoses, self.rows, ok=self.ok)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Writes the form that the path's suffix names, in UTF-8; `ValueError` for a suffix not in `SUFFIXES`."""
        target = Path(path)
        suffix = target.suffix.lower()
        if suffix not in SUFFIXES:
            raise ValueError(f"a report is written to a file that ends in {', '.join(SUFFIXES)}; got {str(target)!r}")
        forms = {
            ".html": self.to_html,
            ".json": self.to_json,
            ".md": self.to_markdown,
            ".sarif": self.to_sarif,
            ".svg": self.to_svg,
            ".txt": self._text,
        }
        target.write_text(forms[suffix](), encoding="utf-8", errors="backslashreplace", newline="\n")

    def _text(self) -> str:
        return f"{self}\n"


class ShapeMismatchError(Legible, ValueError):
    """A layer's actual shape is not the expected one, or Keras raised over a shape; `report` holds the findings."""

    _keras_call_info_injected = True  # as in `errors`
    report: Report | None = None
