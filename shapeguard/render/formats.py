"""The formats in which a report is written and printed; a new one is a function and a line of `FORMATS`."""

# ruff: noqa: PLC0415  each format is imported when it is asked for, as in `report`
from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shapeguard.records.findings import Diagnosis, Row, Search
    from shapeguard.render.styling import Medium


class ReportLike(Protocol):
    """What a format reads of a `Report`."""

    @property
    def diagnoses(self) -> tuple[Diagnosis, ...]: ...
    @property
    def rows(self) -> tuple[Row, ...]: ...
    @property
    def bindings(self) -> Mapping[str, object]: ...
    @property
    def search(self) -> Search: ...
    @property
    def ok(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Format:
    """A format of reports.

    `suffix` is that of its files; `None` if it is only printed. `render` returns a report's text, and `render_for` the
    same for a terminal, for a format that adapts to it. `printed`: the command line offers it.
    """

    suffix: str | None
    render: Callable[[ReportLike], str]
    render_for: Callable[[ReportLike, Terminal], str] | None = None
    printed: bool = True


@dataclass(frozen=True, slots=True)
class Terminal:
    """What a text is printed on: the columns of prose and of the table (`None` for any number), and the colours."""

    width: int = 88
    table_width: int | None = None
    colour: bool = False


def text_for(report: ReportLike, terminal: Terminal) -> str:
    """Returns the message, if something is wrong, and the table below it."""
    from shapeguard.render.table import coloured, table
    from shapeguard.render.text import message

    annotated = sum(row.expected is not None for row in report.rows)
    medium: Medium = "terminal" if terminal.colour else "text"
    error = message(report.diagnoses, width=terminal.width, medium=medium, annotated=annotated or None)
    rows = table(report.rows, width=terminal.table_width)
    rows = coloured(rows) if terminal.colour else rows
    return "\n\n".join(part for part in (error, rows) if part) + "\n"


def _text(report: ReportLike) -> str:
    return text_for(report, Terminal())


def _json(report: ReportLike) -> str:
    from shapeguard.render.document import document

    fields = document(report.diagnoses, report.rows, report.bindings, report.search, ok=report.ok)
    return json.dumps(fields, indent=2, allow_nan=False) + "\n"


def _concise(report: ReportLike) -> str:
    from shapeguard.render.concise import concise

    return concise(report.diagnoses)


def _junit(report: ReportLike) -> str:
    from shapeguard.render.junit import junit

    return junit(report.diagnoses, report.rows)


def _github(report: ReportLike) -> str:
    from shapeguard.render.github import workflow_commands

    return workflow_commands(report.diagnoses)


def _markdown(report: ReportLike) -> str:
    from shapeguard.render.github import markdown

    return markdown(report.diagnoses, report.rows, ok=report.ok)


def _sarif(report: ReportLike) -> str:
    from shapeguard.render.sarif import sarif
    from shapeguard.version import __version__

    return json.dumps(sarif(report.diagnoses, version=__version__), indent=2) + "\n"


def _html(report: ReportLike) -> str:
    from shapeguard.render.html import html

    return html(report.diagnoses, report.rows, report.bindings, ok=report.ok)


def _svg(report: ReportLike) -> str:
    from shapeguard.render.svg import svg

    return svg(report.rows, report.diagnoses, ok=report.ok)


FORMATS = {
    "text": Format(".txt", _text, text_for),
    "concise": Format(None, _concise),
    "json": Format(".json", _json),
    "github": Format(None, _github),
    "markdown": Format(".md", _markdown),
    "sarif": Format(".sarif", _sarif),
    "junit": Format(None, _junit),
    "html": Format(".html", _html, printed=False),
    "svg": Format(".svg", _svg, printed=False),
}
"""Every format by its name, which the command line takes; the first is what it prints by default."""


def formats_by_suffix() -> dict[str, Format]:
    """Returns the formats that can be written to a file, by the file's suffix, sorted."""
    formats = {form.suffix: form for form in FORMATS.values() if form.suffix is not None}
    return dict(sorted(formats.items()))


def printed_formats() -> list[str]:
    """Returns the names that the command line's `--format` takes."""
    return [name for name, form in FORMATS.items() if form.printed]
