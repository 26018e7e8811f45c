"""An uncaught error on a terminal: in colour where that is wanted, and as wide as the terminal."""

import io
import os
import re
import subprocess
import sys

import pytest

from shapeguard.guard import terminal
from shapeguard.render.terminal_width import message_width, terminal_columns

ESCAPE = re.compile(r"\x1b\[[\d;]*m")
PROGRAM = """
import sys
from shapeguard.guard.exceptions import error_with
from shapeguard.records.findings import Cause, Diagnosis, Edit
from shapeguard.report import Report

{before}
def train():
    edit = Edit("conv", "strides", 3, 1, corrected="Conv2D(32, 3)")
    cause = Cause("argument", (edit,), "cause", proven_by="rebuilt")
    report = Report((Diagnosis("SG101", "conv", "Conv2D", (None, 26), (None, 9), (1,), causes=(cause,)),))
    raise error_with(report, report.message())

{call}
"""
MESSAGE = """\
[SG101] layer 'conv' (Conv2D): expected (None, 26), got (None, 9)
  axis 1: expected 26, got 9

  cause: argument `strides=3`, not passed (default)
  fix (verified):
      Conv2D(32, 3)

  more: shapeguard explain SG101
"""


class Screen(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


def ended(folder, *, before="", call="train()", **environment):
    """The standard error of the program."""
    (folder / "program.py").write_text(PROGRAM.format(before=before, call=call), encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "program.py"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert run.returncode == 1
    return run.stderr


def test_the_message_of_an_uncaught_error_is_coloured_and_no_word_of_the_traceback_changes(tmp_path):
    plain, coloured = ended(tmp_path), ended(tmp_path, FORCE_COLOR="1")
    assert plain.endswith(f"shapeguard.report.ShapeMismatchError: {MESSAGE}")
    assert "\x1b[1;31m[SG101]\x1b[0m" in coloured
    assert "\x1b[32mConv2D(32, 3)\x1b[0m" in coloured
    assert ESCAPE.sub("", coloured) == plain


def test_the_text_of_the_error_itself_stays_plain(tmp_path):
    call = "try:\n    train()\nexcept ValueError as error:\n    print(error, file=sys.stderr)\n    sys.exit(1)"
    assert ended(tmp_path, call=call, FORCE_COLOR="1") == MESSAGE


def test_an_error_of_another_kind_is_printed_by_python(tmp_path):
    call = "try:\n    train()\nexcept ValueError:\n    pass\nraise KeyError('mine')"
    assert ended(tmp_path, call=call, FORCE_COLOR="1").endswith("\n    raise KeyError('mine')\nKeyError: 'mine'\n")


def test_a_hook_of_the_programs_own_stays(tmp_path):
    before = "sys.excepthook = lambda kind, error, trace: print('mine:', kind.__name__, file=sys.stderr)"
    assert ended(tmp_path, before=before, FORCE_COLOR="1") == "mine: ShapeMismatchError\n"


def test_no_hook_is_put_in_before_there_is_an_error(tmp_path):
    call = "import shapeguard\nassert sys.excepthook is sys.__excepthook__\nassert 'rich' not in sys.modules\ntrain()"
    assert ended(tmp_path, call=call).endswith(MESSAGE)


@pytest.mark.parametrize(
    ("choice", "environment", "stream", "wanted"),
    [
        ("auto", {}, Screen(), True),
        ("auto", {}, io.StringIO(), False),
        ("auto", {"TERM": "dumb"}, Screen(), False),
        ("auto", {"NO_COLOR": "1"}, Screen(), False),
        ("auto", {"NO_COLOR": ""}, Screen(), True),
        ("auto", {"FORCE_COLOR": "1"}, io.StringIO(), True),
        ("auto", {"FORCE_COLOR": "1", "TERM": "dumb"}, Screen(), True),
        ("auto", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, Screen(), False),
        ("always", {"NO_COLOR": "1"}, io.StringIO(), True),
        ("never", {"FORCE_COLOR": "1"}, Screen(), False),
    ],
)
def test_the_option_then_no_color_then_force_color_then_the_terminal_decide(
    choice, environment, stream, wanted, monkeypatch
):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert terminal.wants_colour(choice, stream) is wanted


@pytest.mark.parametrize(("columns", "width"), [(None, 88), (20, 40), (60, 60), (100, 100), (250, 100)])
def test_a_message_is_as_wide_as_the_terminal_within_reason(columns, width, monkeypatch):
    if columns is not None:
        monkeypatch.setenv("COLUMNS", str(columns))
    stream = io.StringIO() if columns is None else Screen()
    assert terminal_columns(stream) == columns
    assert message_width(columns) == width


def test_a_terminal_that_does_not_say_its_width_has_eighty_columns():
    assert terminal_columns(Screen()) == 80
