"""The notebook of the docs, run from top to bottom in a kernel of its own."""

import re
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parents[1] / "docs" / "tutorial" / "notebook.ipynb"


@pytest.fixture(scope="module")
def cells():
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def printed(cell):
    return "".join(output.text for output in cell.outputs if output.output_type == "stream" and output.name == "stdout")


@pytest.mark.slow
def test_the_error_is_readable_in_a_cell_and_points_into_it(cells):
    text = printed(cells[2])
    assert text.startswith("[SG101] layer 'conv2d' (Conv2D): expected (200, 26, 26, 32), got (200, 9, 9, 32)\n")
    assert "3rd positional argument" in text
    assert 'model.add(layers.Conv2D(32, 3, 3, activation="relu"))' in text


@pytest.mark.slow
def test_a_report_at_the_end_of_a_cell_is_drawn_once(cells):
    (output,) = cells[3].outputs
    assert output.output_type == "execute_result"
    assert "conv2d" in output.data["text/html"]


@pytest.mark.slow
def test_a_key_finds_its_layer_when_the_cell_has_moved_the_numbers_on(cells):
    assert cells[4].outputs[-1].data["text/plain"] == "'conv2d_1'"
    assert "match" in printed(cells[4])


@pytest.mark.slow
def test_an_error_that_nobody_catches_is_told_once_and_points_into_its_cell():
    import nbformat
    from nbclient import NotebookClient

    building = """import keras
import numpy as np
from shapeguard import ShapeGuard
model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Conv2D(32, 3, 3), keras.layers.Flatten()])
model.compile("sgd", "mse")"""
    training = """x, y = np.zeros((8, 28, 28, 1)), np.zeros((8, 2592))
model.fit(x, y, verbose=0, callbacks=[ShapeGuard({"conv2d": "B 26 26 32"})])"""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in (building, training)])
    NotebookClient(notebook, timeout=300, kernel_name="python3", allow_errors=True).execute()
    (output,) = [output for output in notebook.cells[1].outputs if output.output_type == "error"]
    assert output.ename == "ShapeMismatchError"
    shown = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(output.traceback))
    assert shown.count("[SG101] layer 'conv2d' (Conv2D): expected (B, 26, 26, 32), got (8, 9, 9, 32)") == 1
    assert "^ 3rd positional argument: strides=3" in shown
    assert len(shown.splitlines()) < 60
