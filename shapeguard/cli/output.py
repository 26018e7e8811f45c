"""Prints a report in the format that the user asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.render.formats import FORMATS

if TYPE_CHECKING:
    from shapeguard.report import Report


def printed(report: Report, name: str, *, colour: bool = False) -> str:
    """Returns the report in the format of that name, without the last line feed."""
    form = FORMATS[name]
    render = form.render_coloured if colour and form.render_coloured else form.render
    return render(report).rstrip("\n")
