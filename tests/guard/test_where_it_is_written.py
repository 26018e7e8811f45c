"""The seed's line wherever people write it: a notebook cell, a test, a loop in a helper."""

from pathlib import Path

import keras
import pytest
from helpers.guarding import compiled_for_labels, fitted, images, layers, outcome

from shapeguard import ShapeGuard

CELL = """
from shapeguard import ShapeGuard
import keras
with ShapeGuard() as guard:
    model = keras.Sequential()
    model.add(keras.Input((8, 8, 1)))
    model.add(keras.layers.Convolution2D(2, 3, 3, activation="relu"))  # (None, 6, 6, 2)
    model.add(keras.layers.Flatten())
model.compile("sgd", "mse")
"""
CHECK = 'ShapeGuard({"conv2d": (None, 6, 6, 2)}).check(model)'


@pytest.fixture
def shell():
    interactive = pytest.importorskip("IPython.core.interactiveshell")
    yield interactive.InteractiveShell.instance()
    interactive.InteractiveShell.clear_instance()


def test_a_cell_run_twice_is_judged_twice_and_a_key_finds_the_renumbered_layer(shell):
    for name in ("conv2d", "conv2d_1"):
        assert shell.run_cell(CELL).success
        for report in (shell.run_cell("guard.check(model)").result, shell.run_cell(CHECK).result):
            (found,) = report.diagnoses
            assert found.layer == name
            (edit,) = found.causes[0].edits
            assert (edit.argument, edit.position) == ("strides", 2)
            assert (edit.span.line, edit.replacement) == (6, "(3, 3)")
            assert found.expected == (None, 6, 6, 2)
        assert f"layer '{name}' (Conv2D): expected (None, 6, 6, 2), got (None, 2, 2, 2)\n" in report.message()


def made_in_a_loop(sizes):
    for size in sizes:
        yield layers.Convolution2D(size, 3, 3, activation="relu", name=f"conv_{size}")


def test_the_helper_that_makes_layers_in_a_loop_is_where_the_argument_stands():
    convolutions = list(made_in_a_loop([2, 4]))
    model = keras.Sequential([keras.Input((28, 28, 1)), *convolutions, layers.Flatten(), layers.Dense(3)])
    guard = ShapeGuard({"conv_2": (None, 26, 26, 2)})
    error, _ = outcome(lambda: fitted(compiled_for_labels(model), guard, data=images(16, 28)))
    assert error == "[SG101] layer 'conv_2' (Conv2D): expected (None, 26, 26, 2), got (16, 9, 9, 2)"
    (edit,) = guard.report.diagnoses[0].causes[0].edits
    source = Path(__file__).read_text().splitlines()
    assert edit.span.file == __file__
    assert source[edit.span.line - 1].strip().startswith("yield layers.Convolution2D(size, 3, 3,")
    assert source[edit.span.line - 1][edit.span.column] == "3"
    assert edit.layer == "conv_2"
    assert edit.span_layers == ("conv_2", "conv_4")
