"""Keys of inputs and outputs that the model does not have, named in the call that has them."""

import pytest
from helpers.refused_programs import refused
from helpers.texts import mended

pytestmark = pytest.mark.filterwarnings("ignore:ShapeGuard. this model has no expected shapes")
MODEL = """
import keras
import numpy as np
from keras import layers

age, city = keras.Input((4,), name="age"), keras.Input((3,), name="city")
price = layers.Dense(1, name="price")(layers.Concatenate()([age, city]))
model = keras.Model({"age": age, "city": city}, {"price": price})
"""
COMPILE = "model.compile('sgd', 'mse')\n"
INPUTS = "{'age': np.zeros((8, 4)), 'city': np.zeros((8, 3))}"


def cause_of(tmp_path, program):
    diagnosis = refused(MODEL + program, tmp_path)
    return tmp_path / "program.py", diagnosis, diagnosis.causes[0]


@pytest.mark.parametrize(
    ("wrong", "line", "code", "title"),
    {
        "an input": (
            "model.fit({'age': np.zeros((8, 4)), 'town': np.zeros((8, 3))}, np.zeros((8, 1)), verbose=0)",
            f"model.fit({INPUTS}, np.zeros((8, 1)), verbose=0)",
            "SG301",
            "`x` names 'town', and the inputs of the model are 'age', 'city'",
        ),
        "an output": (
            f"model.fit({INPUTS}, {{'prize': np.zeros((8, 1))}}, verbose=0)",
            f"model.fit({INPUTS}, {{'price': np.zeros((8, 1))}}, verbose=0)",
            "SG303",
            "`y` names 'prize', and the outputs of the model are 'price'",
        ),
    }.values(),
)
def test_the_key_is_named_as_the_model_names_it(wrong, line, code, title, tmp_path):
    path, diagnosis, cause = cause_of(tmp_path, COMPILE + wrong)
    assert (diagnosis.code, cause.title, cause.confidence) == (code, title, "cause")
    assert line in mended(path, cause).splitlines()


def test_keys_of_which_none_is_an_inputs_are_no_other_order(tmp_path):
    lines = "data = {'years': np.zeros((8, 3)), 'town': np.zeros((8, 4))}\nmodel.fit(data, np.zeros((8, 1)), verbose=0)"
    _, diagnosis, cause = cause_of(tmp_path, COMPILE + lines)
    assert diagnosis.code == "SG301"
    assert cause.title == "the keys of x are 'years', 'town', and the inputs of the model are 'age', 'city'"
    assert (cause.verified, cause.edits) == (False, ())
