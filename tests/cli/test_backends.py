"""A backend that Keras does not know, or that is not installed: one line in every command, with what to install."""

import importlib.util
import re

import pytest
from helpers.running import shapeguard

from shapeguard.cli.main import COMMANDS
from shapeguard.keras_compat.import_hook import BACKENDS

EDIT = '[{"line": 1, "column": 0, "end_line": 1, "end_column": 0, "replacement": ""}]'
ABSENT = next((backend for backend in BACKENDS if importlib.util.find_spec(backend) is None), None)
PROGRAM = """import keras
from keras import layers

def build():
    return keras.Sequential([keras.Input((4,)), layers.Dense(3)])

build().fit([], [])
"""
WORDS = {
    "check": ["check", "train.py"],
    "check a builder": ["check", "train.py:build"],
    "check a module": ["check", "-m", "package.train"],
    "run": ["run", "train.py"],
    "run a module": ["run", "-m", "package.train"],
    "fix": ["fix", "train.py"],
    "verify": ["verify", "train.py", "--edit", EDIT],
    "annotate": ["annotate", "train.py"],
    "demo": ["demo"],
}
NEED_NO_KERAS = {"lint": ["lint", "train.py"], "explain": ["explain", "SG101"], "lsp": ["lsp"]}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "train.py").write_text(PROGRAM, encoding="utf-8")
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("import keras\n", encoding="utf-8")
    (tmp_path / "package" / "train.py").write_text(PROGRAM, encoding="utf-8")
    return tmp_path


def line_of(answer):
    assert (answer.stdout, answer.stderr.count("\n")) == ("", 1), answer.stderr
    assert answer.returncode in (1, 2)
    return answer.stderr


def test_every_command_is_tried():
    assert {words[0] for words in (*WORDS.values(), *NEED_NO_KERAS.values())} | {"doctor"} == set(COMMANDS)


@pytest.mark.parametrize("command", WORDS)
def test_a_backend_that_keras_does_not_know_is_one_line_that_lists_those_it_does(folder, command):
    line = line_of(shapeguard(folder, *WORDS[command], KERAS_BACKEND="nonsense"))
    assert line.startswith(
        "shapeguard: 'nonsense' is not a backend that ShapeGuard supports: "
        "set KERAS_BACKEND to tensorflow, jax or torch; "
    )


@pytest.mark.skipif(ABSENT is None, reason="every backend is installed")
@pytest.mark.parametrize("command", WORDS)
def test_a_backend_that_is_not_installed_is_one_line_with_the_install_command(folder, command):
    line = line_of(shapeguard(folder, *WORDS[command], KERAS_BACKEND=ABSENT))
    assert line.startswith(f'shapeguard: {ABSENT} is not installed: pip install "keras-shapeguard[{ABSENT}]", or set ')


@pytest.mark.parametrize("backend", ["nonsense", "TensorFlow", " ", "a\x1b[31mb", "größe", "openvino", ABSENT or "x"])
def test_the_doctor_survives_any_backend_and_says_what_to_set(folder, backend):
    answer = shapeguard(folder, "doctor", KERAS_BACKEND=backend)
    assert (answer.returncode, answer.stderr) == (1, "")
    told = re.search(r"^Keras +cannot be imported: .*\n +-> (.*)$", answer.stdout, re.MULTILINE)[1]
    assert "KERAS_BACKEND" in told
    assert all(line.isprintable() for line in answer.stdout.split("\n"))


@pytest.mark.parametrize("command", NEED_NO_KERAS)
def test_a_command_without_keras_works_under_any_backend(folder, command):
    answer = shapeguard(folder, *NEED_NO_KERAS[command], KERAS_BACKEND="nonsense")
    assert (answer.returncode, answer.stderr) == (0, "")


def test_a_package_of_the_programs_own_that_is_not_installed_is_told_as_python_tells_it(folder):
    other = next(backend for backend in ("torch", "jax", "nowhere") if importlib.util.find_spec(backend) is None)
    (folder / "train.py").write_text(f"import {other}\n", encoding="utf-8")
    answer = shapeguard(folder, "check", "train.py", KERAS_BACKEND="tensorflow")
    assert answer.stderr.endswith(f"ModuleNotFoundError: No module named {other!r}\n")


def test_a_value_error_of_the_programs_own_is_not_taken_for_keras_own(folder):
    (folder / "train.py").write_text("raise ValueError('Unable to import backend : x')\n", encoding="utf-8")
    assert "Traceback" in shapeguard(folder, "check", "train.py", KERAS_BACKEND="tensorflow").stderr
