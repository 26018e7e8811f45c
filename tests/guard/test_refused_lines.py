"""Lines of the program itself, outside of any layer, that NumPy or a backend refused over shapes."""

import numpy as np
import pytest
from helpers.refused_programs import is_right, refused

from shapeguard import ShapeGuard, ShapeMismatchError
from shapeguard.trace import refused_lines

pytestmark = pytest.mark.filterwarnings("ignore:ShapeGuard. this model has no expected shapes")
HEAD = """
import keras
import numpy as np

rng = np.random.default_rng(0)


def numbers(*shape):
    return rng.random(shape)


"""
CASES = {
    "samples of another array": (
        """
        train, test = numbers(60, 8, 8), numbers(10, 8, 8)
        test = test.reshape(train.shape[0], 64)
        """,
        "test.shape[0]",
    ),
    "channels": ("x = numbers(60, 8, 8, 3)\nx = x.reshape(x.shape[0], 8, 8, 1)", "3"),
    "samples beside channels": (
        "x = numbers(10, 8, 8)\nx = x.reshape(-1, 64, 3)",
        "1",
    ),
    "windows": (
        "readings = numbers(103, 5)\nx = np.reshape(readings, (-1, 10, 5))",
        "readings[: len(readings) // 10 * 10]",
    ),
    "axis of a stack": ("a, b = numbers(6), numbers(6)\nx = np.stack([a, b], axis=2)", "1"),
    "list of indices": (
        """
        q, actions, targets = numbers(8, 3), rng.integers(0, 3, 8), numbers(8)
        q[[np.arange(8), actions]] = targets
        """,
        "np.arange(8), actions",
    ),
    "column of a vector": ("y = numbers(50)\nlabels = y[:, 1]", "y"),
    "channel of a picture": (
        """
        pictures, weights = numbers(2, 8, 8, 16), numbers(16)
        for place in range(9, 16):
            pictures[:, :, place] *= weights[place]
        """,
        ":, :, :, place",
    ),
    "mean taken away": ("x = numbers(9, 8, 8, 3)\nmean = x.mean(axis=(1, 2))\nx -= mean", "mean[:, None, None]"),
    "class numbers": ("y = rng.integers(0, 3, 50)\nlabels = np.argmax(y, axis=1)", "y"),
    "rows of several lengths": (
        """
        out = np.zeros((4, 20, 5))
        for place, row in enumerate([numbers(7, 5), numbers(20, 5)]):
            out[place] = row
        """,
        "place, : len(row)",
    ),
    "sentences": ("words = [[3, 1], [4, 1, 5], [9]]\nx = np.array(words)", "keras.utils.pad_sequences(words)"),
    "side by side": (
        "a, b = numbers(50, 4), numbers(50, 3)\nx = np.concatenate((a, b))",
        "np.concatenate((a, b), axis=1)",
    ),
    "one by one": ("a, b = numbers(50, 4), numbers(40, 4)\nx = np.concatenate(a, b)", "np.concatenate((a, b))"),
    "column": (
        """
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
        predicted = model.predict(numbers(8, 4), verbose=0)
        table = np.zeros((8, 3))
        table[:, 0] = predicted
        """,
        "predicted[:, 0]",
    ),
    "batch of one": (
        """
        rows, predicted = np.zeros((5, 2, 3)), numbers(1, 5, 2, 3)
        rows[:] = np.concatenate([rows, predicted])[:5]
        """,
        "predicted[0]",
    ),
    "mean of each picture": ("x, mean = numbers(9, 8, 8, 3), numbers(9, 3)\nx = x - mean", "mean[:, None, None]"),
    "pictures of one channel": (
        """
        x, y = numbers(9, 8, 8), numbers(9, 8, 8, 1)
        x = np.concatenate([x, y])
        model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten()])
        """,
        "x[..., None]",
    ),
    "flat": ("a, b = numbers(50, 28), numbers(50, 4, 2)\nx = np.concatenate([a, b], axis=1)", "b.reshape(len(b), -1)"),
    "product": ("x, w = numbers(50, 4), numbers(3, 4)\nh = np.dot(x, w)", "w.T"),
}


def program(text):
    lines = text.strip("\n").splitlines()
    indent = min(len(line) - len(line.lstrip()) for line in lines)
    return HEAD + "\n".join(line[indent:] for line in lines) + "\n"


@pytest.mark.parametrize("name", CASES)
def test_a_line_that_was_refused_is_told_with_text_that_does(name, tmp_path):
    text, right = CASES[name]
    diagnosis = refused(program(text), tmp_path)
    (edit,) = diagnosis.causes[0].edits
    assert (diagnosis.code, str(edit.suggestion)) == ("SG601", right)
    lines = (tmp_path / "program.py").read_text().splitlines(keepends=True)
    place = edit.replaces
    line = lines[place.line - 1]
    lines[place.line - 1] = f"{line[: place.column]}{edit.replacement}{line[place.end_column :]}"
    assert is_right("".join(lines), tmp_path)


def test_what_the_program_raises_itself_is_left_as_it_is():
    error = ValueError("cannot reshape array of size 3")

    def refuse(array):
        raise error

    with pytest.raises(ValueError, match="cannot reshape") as caught, ShapeGuard():
        refuse(np.zeros(3))
    assert caught.value is error


def test_a_line_that_calls_anything_else_is_not_run_again():
    calls = []

    def rows():
        calls.append(1)
        return np.zeros((3, 4))

    with pytest.raises(ValueError, match="cannot reshape") as caught, ShapeGuard():
        np.reshape(rows(), (3, 5))
    assert not isinstance(caught.value, ShapeMismatchError)
    assert len(calls) == 1


def test_a_line_with_a_property_of_a_class_of_the_program_is_not_run_again():
    class Rows:
        read = 0

        @property
        def all(self):
            type(self).read += 1
            return np.zeros((3, 4))

    rows = Rows()
    with pytest.raises(ValueError, match="cannot reshape") as caught, ShapeGuard():
        np.reshape(rows.all, (3, 5))
    assert not isinstance(caught.value, ShapeMismatchError)
    assert rows.read == 1


def test_an_array_that_is_stored_into_stays_as_it_is():
    table, column = np.zeros((4, 3)), np.ones((4, 1))
    with pytest.raises(ShapeMismatchError, match=r"table\[:, 0\] = column\[:, 0\]"), ShapeGuard():
        table[:, 0] = column
    assert not table.any()


def test_another_array_stands_for_a_large_one():
    pictures = np.broadcast_to(np.zeros(1), (4000, 64, 64, 3))
    assert pictures.nbytes > refused_lines.LARGEST
    with pytest.raises(ShapeMismatchError, match=r"pictures.reshape\(4000, 64, 64, 3\)"), ShapeGuard():
        pictures.reshape(4000, 64, 64, 1)


def test_a_line_of_arrays_that_are_too_large_is_not_tried():
    array = np.broadcast_to(np.zeros(1), (1 << 15, 1 << 15))
    with pytest.raises(ValueError, match="cannot reshape") as caught, ShapeGuard():
        array.reshape(1 << 14, 7)
    assert not isinstance(caught.value, ShapeMismatchError)


def test_where_no_text_does_the_exception_is_that_of_numpy():
    with pytest.raises(ValueError, match="cannot reshape") as caught, ShapeGuard():
        np.zeros((7, 11)).reshape(2, 3)
    assert not isinstance(caught.value, ShapeMismatchError)


def test_numbers_that_are_no_words_are_not_filled_up():
    readings = [[0.5, 1.0], [2.0]]
    with pytest.raises(ValueError, match="inhomogeneous") as caught, ShapeGuard():
        np.array(readings)
    assert not isinstance(caught.value, ShapeMismatchError)


def test_the_answer_names_numpy_and_what_the_line_gives_then():
    x = np.zeros((60, 28, 28, 3))
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        x.reshape(x.shape[0], 28, 28, 1)
    told = str(caught.value)
    assert "NumPy raised: ValueError: cannot reshape" in told
    assert "(not verified: the line runs with it; what follows was not run)" in told
