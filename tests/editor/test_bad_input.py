"""Texts as they are while they are written, or as nobody writes them: each is read in steps that grow with it."""

import gc
import subprocess
import sys
from pathlib import Path

import pytest

import shapeguard
from shapeguard.editor.positions import Change
from shapeguard.editor.workspace import Workspace
from shapeguard.linting import registry
from shapeguard.static.interpreter import MOST_STEPS

PACKAGE = str(Path(shapeguard.__file__).parent)
HEAD = "import keras\nfrom keras import layers\nx = keras.Input((8,))\n"
LINE = "x = layers.Dense(8)(x)\n"
LOOP = """\
for units in (4, 8):
    x = layers.Dense(units)(x)
    y = x + 1
"""


def read(text):
    place = Workspace(lambda _: registry.selection())
    document = place.open("a", "/net.py", {"a": text})
    return place.read(document)


def labels(text):
    return [hint.label for hint in read(text).hints]


def calls(text, done):
    """How many of our functions are called to read a text and to list its hints and findings.

    Those of other modules depend on what ran before, as on the patterns that `re` still holds; and what earlier tests
    left is collected first, or its finalizers would be counted wherever the collector runs.
    """
    count = 0

    def counting(frame, event, argument):
        nonlocal count
        count += event == "call" and frame.f_code.co_filename.startswith(PACKAGE)

    done(read(HEAD + "x = 1\n"))
    gc.collect()
    collecting, before = gc.isenabled(), sys.getprofile()
    gc.disable()
    sys.setprofile(counting)
    try:
        done(read(text))
    finally:
        sys.setprofile(before)
        if collecting:
            gc.enable()
    return count


@pytest.mark.parametrize("part", [LINE, LOOP, "z = 1\n", "# a comment (None, 8)\n", "layers.Conv2D(4, 3, 3)\n"])
def test_the_work_grows_with_the_text_and_no_faster(part):
    def done(reading):
        assert isinstance(reading.hints, tuple)
        assert isinstance(reading.findings, list)

    once, twice, four = (calls(HEAD + part * count, done) for count in (50, 100, 200))
    assert four - twice < 2.1 * (twice - once), "as much for each further line as for those before"


def test_the_steps_are_those_of_the_statements():
    few, many = (read(HEAD + LINE * count).program.steps for count in (100, 200))
    assert many - few == 100 * (few - read(HEAD).program.steps) // 100


def test_50_000_lines_are_read_in_bounded_steps():
    program = read(HEAD + LINE * 50_000).program
    assert program.steps <= MOST_STEPS + 1
    assert not program.complete
    assert program.shapes[0].shape == [None, 8]


def test_endless_loops_and_recursion_end():
    assert labels(f"{HEAD}while True:\n    {LINE}") == ["-> (None, 8)"]
    assert labels(f"{HEAD}def f(x):\n    return f(x)\ny = f(x)\n{LINE}")[-1] == "-> (None, 8)"
    assert labels(f"{HEAD}f = lambda x: g(x)\ng = lambda x: f(x)\ny = f(x)\n{LINE}")[-1] == "-> (None, 8)"
    assert labels(f"{HEAD}x = {'(' * 90}x{')' * 90}\n{LINE}") == ["-> (None, 8)"]
    assert labels(f"{HEAD}while x:\n    x = layers.Concatenate()([x, x])\n{LINE}")[-1] == "-> (None, 8)"


def test_code_that_nests_deeper_than_python_reads_it_is_no_fault_of_ours():
    assert read("x = " + "-" * 20_000 + "1\n").hints == ()
    assert read("x = " + "[" * 5_000 + "]" * 5_000 + "\n").hints == ()


def test_star_imports_bring_the_layers_of_keras_and_hide_nothing_else():
    assert labels("from keras.layers import *\ny = Dense(3)(Input((8,)))\n") == ["-> (None, 3)"]
    assert labels("from nowhere import *\nfrom keras import layers, Input\ny = layers.Dense(3)(Input((8,)))\n") == [
        "-> (None, 3)"
    ]


@pytest.mark.parametrize(
    "text", ["", "\n", "\ufeffimport keras\n", "\x0c", "\0", "x = '\ud83d'\n", "\r\r\n", "def", "  x\n y\n"]
)
def test_texts_that_are_nothing_have_no_hints(text):
    assert read(text).hints == ()
    assert read(text).findings == []


def test_each_beginning_of_a_program_is_read():
    text = HEAD + LOOP + "model = keras.Sequential([\n    layers.Dense(3),\n    layers.Dense(4)])\n"
    place = Workspace(lambda _: registry.selection())
    document = place.open("a", "/net.py", {"a": ""})
    for end, letter in enumerate(text):
        line = text.count("\n", 0, end)
        unit = end - text.rfind("\n", 0, end) - 1
        place.change("a", [Change(letter, (line, unit), (line, unit))], end)
        place.read(document)
        assert document.present.parts[0].text == text[: end + 1]
        assert (
            all(document.present.located(hint.span) is not None for hint in document.reading.hints)
            or document.good != document.texts
        )
    assert [hint.label for hint in document.reading.hints] == ["-> (None, 4) ...", "-> (None, 4) ..."]


def test_no_keras_is_imported_to_read_a_program_and_to_find_what_is_wrong():
    program = (
        "import sys\n"
        "import shapeguard.editor.features\n"
        "from shapeguard.editor.workspace import Workspace\n"
        "from shapeguard.linting import registry\n"
        f"text = {HEAD + 'x = layers.Conv1D(3, 3)(x)'!r}\n"
        "place = Workspace(lambda _: registry.selection())\n"
        "(finding,) = place.read(place.open('a', '/net.py', {'a': text})).findings\n"
        "print(finding.code, {'keras', 'tensorflow', 'jax', 'torch', 'numpy'} & {*sys.modules})\n"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout == "SG601 set()\n"
