"""How a report is printed, in the format that was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shapeguard.report import Report


def printed(report: Report, form: str, *, colour: bool = False, width: int = 88) -> str:
    """The report in one of `options.FORMATS`, without the last line feed."""
    match form:
        case "json":
            text = report.to_json()
        case "sarif":
            text = report.to_sarif()
        case "github":
            text = report.to_github()
        case "markdown":
            text = report.to_markdown()
        case _:
            text = "\n\n".join(part for part in (report.message(width=width, colour=colour), report.to_table()) if part)
    return text.rstrip("\n")
