"""The line that shows what takes long: on a terminal, on standard error, and gone at the end."""

import os
import sys
import time

import pytest

from shapeguard.cli import progress as module
from shapeguard.cli.progress import progress


@pytest.fixture
def seen(monkeypatch):
    """Calls a function while standard error is a terminal, and returns what that shows."""
    pty = pytest.importorskip("pty")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr(module, "_AFTER", 0.05)
    monkeypatch.setattr(module, "_EVERY", 0.05)

    def call(function):
        ours, theirs = pty.openpty()
        with os.fdopen(theirs, "w", encoding="utf-8") as stream, monkeypatch.context() as patch:
            patch.setattr(sys, "stderr", stream)
            function()
            stream.write("end")
            stream.flush()
            text = ""
            while not text.endswith("end"):
                text += os.read(ours, 65536).decode()
        os.close(ours)
        return text

    return call


def long(**options):
    with progress("train.py: waiting for the first fit(), which takes long", **options):
        time.sleep(0.5)


def short():
    with progress("train.py"):
        pass


def test_what_takes_long_is_shown_in_one_line_and_erased(seen):
    first, *lines, last = seen(long).split("\r\x1b[2K")
    assert (first, last, lines[-1][1:]) == ("", "end", " train.py: waiting for the first fit()")
    assert all(len(line) <= 39 for line in lines)


def test_what_is_short_shows_nothing(seen):
    assert seen(short) == "end"


def test_a_dumb_terminal_a_file_and_the_programs_own_output_are_left_alone(seen, monkeypatch, capsys):
    assert seen(lambda: long(shown=False)) == "end"
    monkeypatch.setenv("TERM", "dumb")
    assert seen(long) == "end"
    monkeypatch.setenv("TERM", "xterm")
    long()
    assert capsys.readouterr().err == ""
