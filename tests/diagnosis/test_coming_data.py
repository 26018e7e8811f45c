"""Data that a program has made before its model could not be built: what it would train with."""

import pytest
from helpers.texts import module_of

from shapeguard import ShapeGuard, ShapeMismatchError

HEAD = """import keras
import numpy as np
from keras import layers

x, y = np.zeros((8, {})), np.zeros((8, 1))
"""
BEHIND = """
model.compile("sgd", "mse")
model.fit(x, y, verbose=0)
"""
pytestmark = pytest.mark.filterwarnings("ignore:Do not pass an `input_shape`:UserWarning")


def first_cause(tmp_path, data, model, behind=BEHIND):
    path = tmp_path / "program.py"
    path.write_text(HEAD.format(data) + model + behind, encoding="utf-8")
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        module_of(path)
    cause = caught.value.report.diagnoses[0].causes[0]
    return cause.argument, cause.suggestion


SENTENCES = "model = keras.Sequential([layers.LSTM(4, input_shape=(6,)), layers.Dense(1)])"


def test_an_input_is_declared_for_the_data_that_fit_is_to_be_given(tmp_path):
    assert first_cause(tmp_path, "6, 2", SENTENCES) == ("input_shape", (6, 2))


@pytest.mark.parametrize("behind", ["", "\nx = x[:, :, :1]" + BEHIND, BEHIND.replace("fit(x,", "fit(x * 2,")])
def test_without_a_fit_or_with_other_data_in_it_nothing_is_known_of_it(tmp_path, behind):
    assert first_cause(tmp_path, "6, 2", SENTENCES, behind) == ("input_shape", (1, 6))


def test_data_made_in_the_module_is_found_from_a_builder(tmp_path):
    builder = f"def built():\n    {SENTENCES}\n    return model\n\nmodel = built()"
    assert first_cause(tmp_path, "6, 2", builder) == ("input_shape", (6, 2))


def test_an_input_that_the_coming_data_fits_is_not_to_blame(tmp_path):
    model = (
        "model = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(4, 3, 3), layers.Conv2D(4, 3),"
        " layers.Flatten(), layers.Dense(1)])"
    )
    assert first_cause(tmp_path, "8, 8, 1", model)[0] != "shape"
