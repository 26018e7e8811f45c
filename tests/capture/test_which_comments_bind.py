"""A comment binds where reading it as its layer's output is the one sensible reading, on real layers."""

import itertools
import json
import linecache
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SHARED = Path(__file__).parents[3] / "shared" / "faults" / "comments_right.json"
RIGHT = json.loads((HERE / "right_comments.json").read_text(encoding="utf-8"))
WRONG = json.loads((HERE / "wrong_comments.json").read_text(encoding="utf-8"))
HANDED = json.loads(SHARED.read_text(encoding="utf-8")) if SHARED.exists() else []
HEAD = """
import keras
from keras import layers
from shapeguard import ShapeGuard
with ShapeGuard() as guard:
    x = keras.Input({shape})
    first = x
{lines}
    last = keras.Model(first, x)
"""
_numbers = itertools.count()


def report_of(program):
    """The report on a program of one layer or two, with its comments, from a file of its own."""
    lines = "\n".join(f"    {line}" for line in program["lines"])
    text = HEAD.format(shape=program["input"], lines=lines)
    file = f"/remarks/{next(_numbers)}.py"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    scope = {}
    exec(compile(text, file, "exec"), scope)  # noqa: S102  the source is ours
    return scope["guard"].check(scope["last"])


def names(programs):
    return [" / ".join(program["lines"]) for program in programs]


@pytest.mark.parametrize("program", [*RIGHT, *HANDED], ids=names([*RIGHT, *HANDED]))
def test_nothing_is_said_of_a_comment_that_means_something_else(program):
    assert report_of(program).ok


@pytest.mark.parametrize("program", WRONG, ids=names(WRONG))
def test_a_wrong_shape_is_a_mismatch_in_every_spelling(program):
    assert {diagnosis.origin for diagnosis in report_of(program).diagnoses} == {"comment"}
