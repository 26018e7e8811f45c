"""An error as IPython shows it, at its prompt and in a notebook: its own traceback, with the message in colour."""

from __future__ import annotations

import sys
import traceback


def traceback_lines(error: BaseException, coloured: str) -> list[str]:
    """Returns the traceback of the running shell, `coloured` in the place of the error's text if it shows colours."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is None:
        return traceback.format_exception(error)
    lines = shell.InteractiveTB.structured_traceback(type(error), error, error.__traceback__)
    if str(getattr(shell, "colors", "")).lower() == "nocolor":
        return list(lines)
    before, message, after = "\n".join(lines).rpartition(str(error))
    return [before + coloured + after] if message else list(lines)
