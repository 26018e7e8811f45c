"""A line on a terminal that moves while something takes long, and is gone when it ends."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_AFTER = 1.0
_EVERY = 0.15
_TURNS = "|/-\\"
_ERASE = "\r\x1b[2K"


@contextlib.contextmanager
def progress(text: str, *, shown: bool = True) -> Iterator[None]:
    """Shows on a terminal's standard error what takes long, with the seconds that it has taken."""
    if not shown or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield
        return
    done = threading.Event()
    thread = threading.Thread(target=_turn, args=(text, done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _turn(text: str, done: threading.Event) -> None:
    started, turn = time.monotonic(), 0
    if done.wait(_AFTER):
        return
    while not done.wait(_EVERY):
        turn += 1
        line = f"{_TURNS[turn % len(_TURNS)]} {text} ({time.monotonic() - started:.0f} s)"
        sys.stderr.write(_ERASE + line[: shutil.get_terminal_size().columns - 1])
        sys.stderr.flush()
    sys.stderr.write(_ERASE)
    sys.stderr.flush()
