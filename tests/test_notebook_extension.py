"""`%load_ext shapeguard`, and what a notebook shows, in kernels of their own, as a user saves them."""

import re

import pytest

from shapeguard.guard import notebook
from shapeguard.guard.notebook import load, unload

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
MODEL = """import keras
import numpy as np
from keras import layers
model = keras.Sequential([
    keras.Input((28, 28, 1)),
    layers.Conv2D(32, 3, 3),  # (None, 26, 26, 32)
    layers.Flatten(),
])
model.compile("sgd", "mse")
x, y = np.zeros((8, 28, 28, 1)), np.zeros((8, 21632))"""
FIT = "model.fit(x, y, verbose=0)"


def executed(*cells):
    """The cells after they ran, errors kept, as a saved notebook has them."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in cells])
    NotebookClient(notebook, timeout=300, kernel_name="python3", allow_errors=True).execute()
    return nbformat.reads(nbformat.writes(notebook), as_version=4).cells


def error_of(cell):
    (output,) = [output for output in cell.outputs if output.output_type == "error"]
    return output


@pytest.fixture(scope="module")
def loaded_late():
    """The model is built before the extension, and before ShapeGuard, is there at all."""
    return executed(MODEL, "%load_ext shapeguard", FIT, "6 * 7", "import keras;", "%unload_ext shapeguard", FIT)


def test_comments_of_cells_that_ran_before_the_load_count_and_point_into_their_cell(loaded_late):
    error = error_of(loaded_late[2])
    shown = ESCAPE.sub("", "\n".join(error.traceback))
    assert error.ename == "ShapeMismatchError"
    assert error.evalue.startswith("[SG101] layer 'conv2d' (Conv2D): expected (None, 26, 26, 32), got (8, 9, 9, 32)\n")
    assert "^ 3rd positional argument: strides=3" in error.evalue
    assert "not passed" not in error.evalue
    assert "\x1b" not in error.evalue
    assert "\x1b[1;31m[SG101]\x1b[0m" in "\n".join(error.traceback)
    assert shown.count("[SG101] layer 'conv2d'") == 1


def test_the_last_expression_of_a_cell_is_displayed_as_ever(loaded_late):
    (output,) = loaded_late[3].outputs
    assert output.data["text/plain"] == "42"
    assert loaded_late[4].outputs == []


def test_after_unload_nothing_is_checked(loaded_late):
    assert "ShapeMismatchError" not in [output.get("ename") for output in loaded_late[6].outputs]


@pytest.fixture(scope="module")
def loaded_first():
    """The extension is loaded before Keras is imported, which a cell does after it chose its backend."""
    crash = "layers.Conv2D(2, 3)(layers.Flatten()(keras.Input((8, 8, 1))))"
    return executed(
        "%load_ext shapeguard\nimport sys\n'keras' in sys.modules",
        "from __future__ import annotations\n" + MODEL,
        FIT,
        crash,
        "1 / 0",
    )


def test_the_extension_imports_no_keras(loaded_first):
    assert loaded_first[0].outputs[-1].data["text/plain"] == "False"


def test_every_fit_has_a_guard(loaded_first):
    assert error_of(loaded_first[2]).evalue.startswith("[SG101] layer 'conv2d' (Conv2D): expected (None, 26, 26, 32)")


@pytest.fixture(scope="module")
def shell():
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    return InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))


DISPLAYING = "x = 1\nfor n in (2, 3):\n    n\nx + 4\ny = 6"


CELLS = (DISPLAYING, DISPLAYING + "\ny + 1", "x, y = 7, 8", "y: int = 9", "y = 1\ny += 2", "for n in (1, 2): n")
MODES = {"all": 3, "last": 0, "last_expr": 0, "last_expr_or_assign": 1, "none": 0}  # and the outputs of the first cell


@pytest.mark.parametrize("text", CELLS)
@pytest.mark.parametrize("mode", MODES)
def test_a_cell_displays_what_it_does_without_the_extension(shell, capsys, mode, text):
    shell.ast_node_interactivity = mode
    shell.run_cell(text)
    plain = capsys.readouterr().out
    load(shell)
    shell.run_cell(text)
    unload(shell)
    assert capsys.readouterr().out == plain
    assert text != DISPLAYING or plain.count("Out[") == MODES[mode]


@pytest.mark.parametrize("mode", MODES)
def test_a_cell_has_its_guard_whatever_is_displayed_of_it(shell, mode):
    shell.ast_node_interactivity = mode
    shell.user_ns.update(is_watched=lambda: notebook.cell._entered or notebook.cell._finder is not None, seen=[])
    load(shell)
    for text in ("seen.append(is_watched())", "for n in (1,): seen.append(is_watched())"):
        shell.run_cell(text)
    unload(shell)
    assert shell.user_ns["seen"] == [True, True]


def test_what_keras_refuses_to_build_is_explained_as_a_with_block_would(loaded_first):
    error = error_of(loaded_first[3])
    assert error.ename == "ShapeMismatchError"
    assert error.evalue.startswith("[SG601] ")


def test_any_other_error_passes_as_it_is(loaded_first):
    error = error_of(loaded_first[4])
    assert (error.ename, error.evalue) == ("ZeroDivisionError", "division by zero")


def test_a_model_of_an_earlier_cell_is_found_by_its_source_when_shapeguard_came_later():
    check = "from shapeguard import check\ncheck(model, {'conv2d': 'B 26 26 32'})"
    output = executed(MODEL, check)[1].outputs[-1]
    assert output.data["text/plain"].startswith("Report: 1 finding\n[SG101] layer 'conv2d' (Conv2D): ")
    html = output.data["text/html"]
    assert re.search(r"layers\.Conv2D\(32, 3, <mark style=[^>]+>3</mark>\)", html)
    assert "3rd positional argument: strides=3" in html
    assert "font-family:Menlo" in html
    assert "<details open><summary>picture" in html
    assert "<script" not in html


def test_a_layer_whose_call_was_not_seen_is_not_said_to_have_a_default():
    build = 'exec("import keras\\nmodel = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Conv2D(32, 3, 3)])")'
    check = "from shapeguard import check\nprint(check(model, {'conv2d': 'B 26 26 32'}).message())"
    text = "".join(output.text for output in executed(build, check)[1].outputs if output.output_type == "stream")
    assert "cause: argument `strides=(3, 3)` of Conv2D 'conv2d' (call not seen)" in text
    assert "It is not known where the layer was created: import shapeguard before that." in text
    assert "default" not in text
