"""Prints a report in the format that the user asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from shapeguard.guard.terminal import wants_colour
from shapeguard.render.formats import FORMATS, Terminal
from shapeguard.render.terminal_width import message_width, terminal_columns

if TYPE_CHECKING:
    from shapeguard.report import Report


def terminal_of(choice: str, stream: TextIO) -> Terminal:
    """Returns what is printed on: `choice` is that of `--color`."""
    columns = terminal_columns(stream)
    return Terminal(message_width(columns), columns, colour=wants_colour(choice, stream))


def printed(report: Report, name: str, terminal: Terminal | None = None) -> str:
    """Returns the report in the format of that name, without the last line feed."""
    form = FORMATS[name]
    text = form.render(report) if terminal is None or form.render_for is None else form.render_for(report, terminal)
    return text.rstrip("\n")
