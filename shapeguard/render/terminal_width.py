"""How wide a terminal is, and at which column a message wraps on it."""

from __future__ import annotations

import os
from typing import TextIO

_COLUMNS = 80  # of a terminal that does not say
_LEAST_WIDTH = 40
_MOST_WIDTH = 100  # longer lines of prose are hard to read


def terminal_columns(stream: TextIO | None) -> int | None:
    """The number of columns of the terminal that `stream` goes to; `None` if it goes to none."""
    if stream is None or not stream.isatty():
        return None
    given = os.environ.get("COLUMNS", "")
    try:
        return (int(given) if given.isdigit() else 0) or os.get_terminal_size(stream.fileno()).columns or _COLUMNS
    except (OSError, ValueError):
        return _COLUMNS


def message_width(columns: int | None) -> int:
    """The number of columns at which a message wraps on a terminal of so many columns, `None` for no terminal."""
    return 88 if columns is None else min(max(columns, _LEAST_WIDTH), _MOST_WIDTH)
