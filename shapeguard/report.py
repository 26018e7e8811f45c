"""`Report`: what a check found, and every form in which it can be read."""

# ruff: noqa: PLC0415  each form is imported when it is asked for: a report costs nothing until it is read
from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapeguard.legible import Legible
from shapeguard.records.findings import Diagnosis, Row, Search

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping


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
        return self._rendered("text").removesuffix("\n")

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
        return self._rendered("html")

    def _repr_html_(self) -> str:
        from shapeguard.render.html import fragment

        return fragment(self.diagnoses, self.rows, ok=self.ok)

    def to_svg(self) -> str:
        """The network as a picture, the cause and the way to the mismatch marked."""
        return self._rendered("svg")

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON's own types, under the documented schema; paths are relative to the working directory."""
        from shapeguard.render.document import document

        return document(self.diagnoses, self.rows, self.bindings, self.search, ok=self.ok)

    def to_json(self) -> str:
        """`to_dict()` as JSON text."""
        return self._rendered("json")

    def to_sarif(self) -> str:
        """The findings as SARIF 2.1.0, for code scanning."""
        return self._rendered("sarif")

    def to_github(self) -> str:
        """One GitHub workflow command a finding, which annotates its line; "" without findings."""
        return self._rendered("github")

    def to_markdown(self) -> str:
        """Messages and table as Markdown, for the summary of a workflow run or a pull request."""
        return self._rendered("markdown")

    def write(self, path: str | os.PathLike[str]) -> None:
        """Writes the format that the path's suffix names, in UTF-8; `ValueError` for a suffix without a format."""
        from shapeguard.render.formats import formats_by_suffix

        target, formats = Path(path), formats_by_suffix()
        form = formats.get(target.suffix.lower())
        if form is None:
            raise ValueError(f"a report is written to a file that ends in {', '.join(formats)}; got {str(target)!r}")
        target.write_text(form.render(self), encoding="utf-8", errors="backslashreplace", newline="\n")

    def _rendered(self, name: str) -> str:
        from shapeguard.render.formats import FORMATS

        return FORMATS[name].render(self)


class ShapeMismatchError(Legible, ValueError):
    """A layer's actual shape is not the expected one, or Keras raised over a shape; `report` holds the findings."""

    _keras_call_info_injected = True  # as in `errors`
    report: Report | None = None
