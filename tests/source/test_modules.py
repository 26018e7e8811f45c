"""The files of the user's modules, in which the calls stand of layers that are older than ShapeGuard's import."""

import importlib
import os
import py_compile
import sys
import time

import pytest

from shapeguard import check
from shapeguard.keras_compat import keras_layers
from shapeguard.source.modules import imported_files

NET = """import keras
net = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Conv2D(32, 3, 3, name="stem")])
"""
LONG_AGO = 7 * 24 * 3600


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Imports a module with this text."""
    monkeypatch.syspath_prepend(tmp_path)
    loaded = []

    def import_(name, text, age):
        path = tmp_path / f"{name}.py"
        path.write_text(text, encoding="utf-8")
        os.utime(path, (time.time() - age,) * 2)
        importlib.invalidate_caches()
        loaded.append(name)
        return importlib.import_module(name)

    yield import_
    for name in loaded:
        del sys.modules[name]


def test_a_module_that_was_edited_before_the_program_began_is_read(load):
    assert load("net_of_long_ago", NET, LONG_AGO).__file__ in imported_files("keras")


def test_one_that_may_have_been_edited_after_its_import_is_not(load):
    assert load("net_of_the_future", NET, -60).__file__ not in imported_files("keras")


def test_bytecode_of_its_time_and_size_tells_that_it_was_not(load):
    module = load("net_of_today", NET, -60)
    py_compile.compile(module.__file__, module.__spec__.cached)
    assert module.__file__ in imported_files("keras")
    os.utime(module.__file__, (time.time() + 120,) * 2)
    assert module.__file__ not in imported_files("keras")


def test_a_module_without_keras_and_one_without_a_file_are_passed_over(load):
    assert load("plain_text", "x = 1\n", LONG_AGO).__file__ not in imported_files("keras")
    module = load("net_that_is_gone", NET, LONG_AGO)
    os.remove(module.__file__)  # noqa: PTH107
    assert module.__file__ not in imported_files("keras")


def test_the_cause_is_found_in_a_module_whose_layers_nobody_recorded(load):
    net = load("net_of_others", NET, LONG_AGO).net
    for layer in net.layers:
        object.__delattr__(layer, keras_layers.RECORDED)
    message = check(net, {"stem": "B 26 26 32"}).message()
    assert "net_of_others.py:2\n" in message
    assert "^ 3rd positional argument: strides=3" in message
    assert 'keras.layers.Conv2D(32, (3, 3), name="stem")' in message
