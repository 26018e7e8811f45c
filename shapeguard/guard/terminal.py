"""Terminals: whether one has colours, and an uncaught error printed in colour on it."""

from __future__ import annotations

import os
import sys
import traceback
from typing import TYPE_CHECKING, TextIO

from shapeguard.render.terminal_width import message_width, terminal_columns
from shapeguard.report import ShapeMismatchError

if TYPE_CHECKING:
    from types import TracebackType


def wants_colour(choice: str, stream: TextIO) -> bool:
    """Whether to colour what goes to `stream`: `choice` decides, and "auto" asks the environment and the stream.

    As Python itself does: NO_COLOR first, then FORCE_COLOR, then whether it is a terminal that knows colours.
    """
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb" and not _is_old_console()


def _is_old_console() -> bool:
    if os.name != "nt":
        return False
    from rich.console import detect_legacy_windows  # noqa: PLC0415  imported only where something is printed

    return detect_legacy_windows()


def print_errors_in_colour() -> None:
    """Lets an uncaught error of ours be printed in colour; where a program has its own hook, that one stays."""
    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = _print_error


def _print_error(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    text = None
    if isinstance(error, ShapeMismatchError) and sys.stderr is not None and wants_colour("auto", sys.stderr):
        try:
            text = _in_colour(kind, error, trace)
        except Exception:  # noqa: BLE001  the error itself must be seen, whatever fails here
            text = None
    if text is None:
        sys.__excepthook__(kind, error, trace)
    else:
        sys.stderr.write(text)


def _in_colour(kind: type[BaseException], error: ShapeMismatchError, trace: TracebackType | None) -> str | None:
    """The traceback as Python prints it, with the message in colour; `None` if there is nothing to colour."""
    plain = "".join(traceback.format_exception(kind, error, trace))
    before, message, after = plain.rpartition(str(error))
    coloured = coloured_message(error, message_width(terminal_columns(sys.stderr)))
    return before + coloured + after if message and coloured else None


def coloured_message(error: ShapeMismatchError, width: int) -> str | None:
    """The message of the error in colour, `width` columns wide; `None` if it is not the message of its report."""
    report = error.report
    if report is None or str(error) != report.message():
        return None
    return report.message(width=width, colour=True)
