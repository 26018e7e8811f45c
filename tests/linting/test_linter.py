"""Lint as its users meet it: files, folders, suppressions, messages."""

import linecache
import os
import socket
import sys
from pathlib import Path

import pytest

from shapeguard.cli.main import main
from shapeguard.linting.linter import lint_source
from shapeguard.linting.runs import lint_paths
from shapeguard.records.source import Span
from shapeguard.render.text import message

KERAS1 = "from keras.layers import Conv2D\n"


def headlines(text):
    return [diagnosis.headline for diagnosis in lint_source(text, "x.py")]


SUSPICION = "suspicious call Conv2D(32, 3, 3): the 3rd positional argument is strides=3, not the kernel's width"


def test_the_message_shows_the_call_as_it_should_be(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("mnist.py").write_text(KERAS1 + "x = Conv2D(32,3,3,activation='relu')(x)\n", encoding="utf-8")
    (diagnosis,) = lint_paths(["mnist.py"]).diagnoses
    assert message(diagnosis) == (
        "[SG701] keras1-size: suspicious call Conv2D(32, 3, 3): "
        "the 3rd positional argument is strides=3, not the kernel's width\n"
        "\n"
        "  mnist.py:2:17\n"
        "    2 | x = Conv2D(32,3,3,activation='relu')(x)\n"
        "      |                 ^ 3rd positional argument: strides=3\n"
        "\n"
        "  possible cause: argument `strides=3`, the 3rd positional argument of Conv2D, equals\n"
        "  the kernel size\n"
        "    Conv2D takes (filters, kernel_size, strides, ...). The form (32, 3, 3), meaning a\n"
        "    3x3 kernel, is Keras 1 syntax.\n"
        "  fix (not verified): pass the kernel size as one tuple\n"
        "      Conv2D(32,(3,3),activation='relu')"
    )


def test_nothing_is_ever_called_verified():
    text = KERAS1 + "Conv2D(32, 3, 3)\nConv2D(3, (3, 3), border_mode='same')\n"
    assert {(c.verified, c.confidence) for d in lint_source(text, "x.py") for c in d.causes} == {(False, "possible")}


def test_a_comment_silences_its_line():
    for comment in (
        "# shapeguard: ignore[SG701]",
        "# shapeguard: ignore",
        "# meant  # shapeguard: ignore[SG101, SG701]",
    ):
        assert headlines(f"{KERAS1}Conv2D(32, 3, 3)  {comment}\n") == []
        assert headlines(f"{KERAS1}Conv2D(32, 3,\n  3)  {comment}\n") == []
        assert headlines(f"{KERAS1}Conv2D(32, 3, 3)\nx = 1  {comment.replace('[', '[SG101] [')}\n") == [SUSPICION]


def test_a_comment_for_another_code_silences_nothing():
    assert headlines(f"{KERAS1}Conv2D(32, 3, 3)  # shapeguard: ignore[SG101]\n") == [SUSPICION]


def test_a_comment_that_silences_nothing_is_reported():
    assert headlines("x = 1  # shapeguard: ignore[SG701]\n") == [
        "unused `# shapeguard: ignore[SG701]`: nothing suspicious on this line"
    ]
    assert headlines("x = 1  # shapeguard: ignore[E501]\n") == [
        "unused `# shapeguard: ignore[E501]`: 'E501' is not an error code"
    ]


def test_a_comment_that_other_commands_may_need_is_not_reported():
    assert headlines("x = 1  # shapeguard: ignore[SG101]\ny = 2  # shapeguard: ignore\n") == []


def test_a_string_that_looks_like_a_comment_silences_nothing():
    assert headlines(f"{KERAS1}Conv2D(32, 3, 3, name='# shapeguard: ignore')\n") == [SUSPICION]


def test_columns_count_characters():
    (diagnosis,) = lint_source(f"{KERAS1}'日本'; Conv2D(32, 3, 3)\n", "x.py")
    assert diagnosis.causes[0].edits[0].span == Span("x.py", 2, 20, 2, 21)


def test_folders_are_searched_but_for_installed_code(tmp_path):
    for name in ("a.py", "deep/b.py", ".hidden/c.py", "env/d.py", "site-packages/e.py", "notes.txt"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("x = 1\n", encoding="utf-8")
    (tmp_path / "env/pyvenv.cfg").touch()
    assert lint_paths([str(tmp_path), str(tmp_path / "a.py")]).files == 2


def test_what_cannot_be_read_is_named_and_the_rest_is_linted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("open.py").write_text("import keras; x = (\n", encoding="utf-8")
    Path("latin.py").write_bytes(b"x = '\xe9'\n")
    Path("good.py").write_text(f"{KERAS1}Conv2D(32, 3, 3)\n", encoding="utf-8")
    linted = lint_paths(["open.py", "latin.py", "none.py", "good.py"])
    assert linted.unreadable == (
        "open.py:1: not valid Python ('(' was never closed)",
        "latin.py: not readable as Python text (invalid or missing encoding declaration)",
        "none.py: no such file or directory",
    )
    assert (linted.files, len(linted.diagnoses)) == (1, 1)


ONE_LINE = {
    "positional sizes": ("x = [{}]", "layers.Conv2D(32, 3, 3)"),
    "behind a character of two bytes": ("x = ['\u00e9', {}]", "layers.Conv2D(32, 3, 3)"),
    "keywords of Keras 1": ("x = [{}]", "layers.Conv2D(32, (3, 3), border_mode='same')"),
    "layers of a Sequential": (
        "m = Sequential([layers.Input((28, 28, 1)), {}])",
        "layers.Conv2D(3, 3), layers.Dense(3)",
    ),
    "calls of one argument each": ("x = [{}]", "f(1)"),
    "silenced": ("x = [{}]  # shapeguard: ignore[SG701]", "layers.Conv2D(32, 3, 3)"),
}


def work(call):
    """How much is done: calls of functions, and characters or elements that methods go through."""
    done = 0

    def count(frame, event, argument):
        nonlocal done
        if event in ("call", "c_call"):
            done += 1
            owner = getattr(argument, "__self__", None) if event == "c_call" else None
            if isinstance(owner, str | bytes | list) and argument.__name__ not in ("append", "isascii"):
                done += len(owner)

    sys.setprofile(count)
    try:
        call()
    finally:
        sys.setprofile(None)
    return done


@pytest.mark.parametrize("form", ["text", "concise", "json", "github", "sarif", "junit"])
@pytest.mark.parametrize("kind", ONE_LINE)
def test_twice_as_many_calls_on_one_line_are_twice_the_work(tmp_path, monkeypatch, capsys, kind, form):
    monkeypatch.chdir(tmp_path)
    line, call = ONE_LINE[kind]
    counts = []
    for number in (50, 100, 200):
        text = "from keras import Sequential, layers\n" + line.format(", ".join([call] * number)) + "\n"
        Path("x.py").write_text(text, encoding="utf-8")
        linecache.clearcache()
        counts.append(work(lambda: main(["lint", "--format", form, "x.py"])))
        assert not capsys.readouterr().err
    assert counts[2] < 2.3 * counts[1], counts  # the first count holds what is imported and compiled once


def test_what_is_no_regular_file_is_passed_over_in_folders_and_refused_by_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("good.py").write_text(KERAS1 + "Conv2D(32, 3, 3)\n", encoding="utf-8")
    os.mkfifo("pipe.py")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.py")
        Path("device.py").symlink_to("/dev/zero")
        found = lint_paths(["."])
        assert (found.files, found.unreadable, len(found.diagnoses)) == (1, (), 1)
        named = ["pipe.py", "socket.py", "device.py"]
        assert lint_paths(named).unreadable == tuple(f"{name}: not a regular file" for name in named)
