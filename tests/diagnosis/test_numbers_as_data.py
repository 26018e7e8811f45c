"""Whole numbers, as of states, that are handed over where an input takes a row of sizes: one-hot rows may be meant."""

import pytest
from helpers.refused_programs import is_right, refused
from helpers.texts import mended

pytestmark = pytest.mark.filterwarnings("ignore:ShapeGuard. this model has no expected shapes")
HEAD = """
import keras
import numpy as np
from keras import layers

seats = np.arange(12) % 5
gains = np.zeros((12, 2))
values = keras.Sequential([keras.Input((5,)), layers.Dense(6, activation="relu"), layers.Dense(2)])
values.compile("sgd", "mse")
"""


@pytest.mark.parametrize(
    ("program", "line"),
    [
        (
            "seat = 3\nvalues.predict(np.array([seat]), verbose=0)",
            "values.predict(keras.utils.to_categorical(np.array([seat]), 5), verbose=0)",
        ),
        (
            "values.fit(seats, gains, verbose=0)",
            "values.fit(keras.utils.to_categorical(seats, 5), gains, verbose=0)",
        ),
    ],
    ids=["one state", "all states"],
)
def test_numbers_may_be_rows(program, line, tmp_path):
    (cause,) = refused(HEAD + program, tmp_path).causes
    assert mended(tmp_path / "program.py", cause).splitlines()[-1] == line
    assert cause.confidence == "possible"


@pytest.mark.parametrize(
    "program",
    ["values.predict(np.array([0.25]), verbose=0)", "values.fit(seats / 5, gains, verbose=0)"],
)
def test_other_numbers_are_no_classes(program, tmp_path):
    causes = refused(HEAD + program, tmp_path).causes
    assert [edit for cause in causes for edit in cause.edits if "to_categorical" in str(edit.replacement)] == []


def test_numbers_that_an_embedding_takes_are_right(tmp_path):
    lines = (
        "known = keras.Sequential([keras.Input(()), layers.Embedding(5, 3), layers.Dense(2)])\n"
        "known.compile('sgd', 'mse')\nknown.fit(seats, gains, verbose=0)"
    )
    assert is_right(HEAD + lines, tmp_path)
