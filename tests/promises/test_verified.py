"""A sample of the law of "verified" in every run; `python -m promises` holds it over everything."""

import pathlib
import re
import subprocess
import sys

import pytest
from frozen.programs import FOLDERS
from promises import plain, texts, verified

TESTS = pathlib.Path(__file__).parents[1]
SAMPLE = ("200", "207", "213", "234", "305", "320")
NETWORKS = ("stacked_lstm",)
SUMMARY = re.compile(r"(\d+) programs: (\d+) suggestions verified, 0 of them without text, 0 broken")

needs_shared = pytest.mark.skipif(not FOLDERS["shared"].is_dir(), reason="../shared is not here")


def held(*words):
    """Holds the law in a process of its own, where TensorFlow has not worked yet: it does not survive a fork."""
    command = [sys.executable, "-m", "promises", *words]
    done = subprocess.run(command, cwd=TESTS, capture_output=True, text=True, check=False)
    summary = SUMMARY.search(done.stdout)
    assert summary, done.stdout + done.stderr
    assert int(summary[2]) > 0


def test_what_is_verified_of_a_case_passes_its_first_step_when_it_is_written():
    held("corpus", "--only", *SAMPLE)


def test_what_is_verified_of_a_mutant_passes_its_first_step_when_it_is_written():
    held("mutants", "--count", "1", "--only", *NETWORKS)


def test_what_is_verified_of_a_mutant_in_call_passes_its_first_step_when_it_is_written():
    held("twins", "--count", "1", "--only", *NETWORKS)


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["corpus", pytest.param("shared", marks=needs_shared)])
def test_what_is_verified_of_any_case_passes_its_first_step_when_it_is_written(folder):
    held(folder)


@pytest.mark.slow
@pytest.mark.parametrize("group", ["mutants", "twins"])
def test_what_is_verified_of_any_mutant_passes_its_first_step_when_it_is_written(group):
    held(group)


FIT = """
import keras, numpy as np
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense({units}, name="head")])
model.compile("sgd", {loss!r})
model.fit(np.zeros((8, 4)), np.zeros({targets}), verbose=0)
"""


@pytest.mark.parametrize(
    ("units", "loss", "targets", "why"),
    [
        (1, "mse", (8, 1), ""),
        (1, "mse", (8,), ""),
        (3, "sparse_categorical_crossentropy", (8,), ""),
        (3, "sparse_categorical_crossentropy", (8, 1), ""),
        (3, "mse", (8, 1), "targets and outputs ((None, 1), (None, 3)) broadcast"),
        (3, "categorical_crossentropy", (8, 2), "plain Keras"),
        (2, "mse", (8, 2), "'head' is (None, 2), expected (None, 1)"),
    ],
)
def test_what_plain_keras_makes_of_a_program_is_seen(units, loss, targets, why):
    expected = {"head": (None, 1)} if units == 2 else {}
    program = texts.Text("program", FIT.format(units=units, loss=loss, targets=targets), expected)
    cause = {"faults": 1, "kind": "argument", "edits": []}
    said = verified._why_broken(plain.run(program.text, "program.py"), program, cause)
    assert said.startswith(why) if why else said == ""


@pytest.mark.parametrize(
    ("code", "old", "new", "changed"),
    [
        ("((2, 2), (2, 2))", [[2, 2], [2, 2]], [[0, 4], [1, 3]], "[[0, 4], [1, 3]]"),
        (', pooling="avg"', "avg", "max", ", pooling='max'"),
        ("layers.Reshape([24, 2])", [24, 2], [48], "layers.Reshape([48])"),
        ("2, 2", 2, 3, None),
        ("x.reshape(-1, 4)", "x.reshape(-1, 4)", "x", None),
    ],
)
def test_another_value_is_written_where_the_suggestion_stands_alone(code, old, new, changed):
    assert verified._instead(code, old, new) == changed
