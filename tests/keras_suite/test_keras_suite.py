"""The runner of Keras' own tests, on small archives whose outcomes are known."""

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

RUN = Path(__file__).with_name("run.py")
SETTINGS = "[tool.pytest.ini_options]\n"

AROUND = """
import sys


def test_ends_the_same():
    pass


def test_fails_anyway():
    assert False


def test_hears_of_a_guard():
    assert "shapeguard" not in sys.modules, "a guard is here"
"""

CALLBACK = """
import os
import sys

import keras
import numpy as np
import pytest

from keras.src.trainers import small_test


class Counts(keras.callbacks.Callback):
    def on_predict_begin(self, logs=None):
        self.number = len(sys._getframe(1).f_locals["self"].callbacks)


def test_has_the_callbacks_that_it_was_given():
    counts = Counts()
    keras.Sequential([keras.layers.Flatten()]).predict(np.zeros((1, 2)), verbose=0, callbacks=[counts])
    assert counts.number == 1


def test_stands_in_the_installed_keras():
    assert "site-packages" in keras.src.trainers.__file__
    assert small_test.Counts is Counts


@pytest.mark.skipif("shapeguard" in sys.modules, reason="a guard is here")
def test_is_left_out():
    pass


def test_dies():
    if "shapeguard" in sys.modules:
        os._exit(3)
"""


def compared(folder, tests, *options):
    """The exit code and the lines of a run on an archive that holds these tests alone."""
    source = folder / "keras-0" / "keras" / "src" / "trainers"
    source.mkdir(parents=True)
    (folder / "keras-0" / "pyproject.toml").write_text(SETTINGS)
    (source / "small_test.py").write_text(tests)
    (source / "__init__.py").write_text("raise RuntimeError('only tests are unpacked')")
    archive = folder / "keras-0.tar.gz"
    with tarfile.open(archive, "w:gz") as members:
        members.add(folder / "keras-0", "keras-0")
    command = [sys.executable, str(RUN), "trainers", "--archive", str(archive), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=os.environ)
    return done.returncode, done.stdout.splitlines(), done.stderr


def changes(lines):
    """What each worse test became, and what it became by itself."""
    named = [line.split(": ") for line in lines if "->" in line]
    return {name.removeprefix("keras/src/trainers/small_test.py::"): change for name, change in named}


@pytest.mark.slow
def test_what_a_guard_makes_worse_is_found_and_nothing_else(tmp_path):
    plain = tmp_path / "plain.json"
    code, lines, said = compared(tmp_path, AROUND, "--modes", "around", "--plain", str(plain))
    assert said == ""
    assert code == 1
    assert changes(lines) == {"test_hears_of_a_guard": "passed -> failed; by itself passed -> failed"}
    assert "1 worse with a guard around each test" in lines
    assert "    E   AssertionError: a guard is here" in lines
    (kept,) = json.loads(plain.read_text()).values()
    assert [outcome["outcome"] for outcome in kept.values()] == ["passed", "failed", "passed"]


@pytest.mark.slow
def test_a_guard_stands_among_the_callbacks_and_what_it_leaves_out_or_ends_is_worse(tmp_path):
    code, lines, said = compared(tmp_path, CALLBACK, "--modes", "callback")
    assert said == ""
    assert code == 1
    assert changes(lines) == {
        "test_has_the_callbacks_that_it_was_given": "passed -> failed; by itself passed -> failed",
        "test_is_left_out": "passed -> skipped; by itself passed -> skipped",
        "test_dies": "passed -> no outcome; by itself passed -> no outcome",
    }
