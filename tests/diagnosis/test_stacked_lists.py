"""Lists in the elements of a `tf.data` dataset, which makes one tensor of each: a tuple was meant."""

import keras
import pytest
from helpers.refused_programs import is_right, refused
from helpers.texts import mended

pytestmark = [
    pytest.mark.filterwarnings("ignore:ShapeGuard. this model has no expected shapes"),
    pytest.mark.filterwarnings("ignore:`shuffle=True` was passed"),
    pytest.mark.filterwarnings("ignore:Your input ran out of data"),
    pytest.mark.skipif(keras.config.backend() != "tensorflow", reason="others have no such datasets"),
]
HEAD = """
import keras
import numpy as np
import tensorflow as tf
from keras import layers

sky = np.zeros((12, 9), "float32")
wind, rain = np.zeros((12, 3), "float32"), np.zeros((12, 3), "float32")

def forecast():
    seen = keras.Input((9,))
    model = keras.Model(seen, [layers.Dense(3, name="wind")(seen), layers.Dense(3, name="rain")(seen)])
    model.compile("sgd", ["mse", "mae"])
    return model

def station():
    one, other = keras.Input((3,)), keras.Input((3,))
    model = keras.Model([one, other], layers.Dense(9)(layers.Add()([one, other])))
    model.compile("sgd", "mse")
    return model

days = tf.data.Dataset.from_tensor_slices((sky, wind, rain))
"""
CLASS = """
class Weather:
    def __init__(self, scale):
        self.scale = scale

    def pair(self, sky, wind, rain):
        both = [wind * self.scale, rain * self.scale]
        return both, sky

    def days(self):
        return days.map(self.pair).batch(4)

"""
CASES = {
    "a lambda": (
        "model = forecast()\nmodel.fit(days.map(lambda s, w, r: (s, [w, r])).batch(4), verbose=0)",
        ["model.fit(days.map(lambda s, w, r: (s, (w, r))).batch(4), verbose=0)"],
    ),
    "a function, before another map that hands them on": (
        (
            "def element(sky, wind, rain):\n    return sky, [wind, rain]\n\n"
            "read = days.map(element).cache()\nread = read.map(lambda s, t: (s * 2, t)).shuffle(4).batch(4)\n"
            "forecast().fit(read, verbose=0)"
        ),
        ["    return sky, (wind, rain)"],
    ),
    "two returns": (
        (
            "def element(sky, wind, rain):\n    if AUGMENT:\n        return sky * 2, [rain, wind]\n"
            "    return sky, [wind, rain]\n\nAUGMENT = False\nforecast().fit(days.map(element).batch(4), verbose=0)"
        ),
        ["        return sky * 2, (rain, wind)", "    return sky, (wind, rain)"],
    ),
    "a list comprehension": (
        "forecast().fit(days.map(lambda s, w, r: (s, [each + 1 for each in (w, r)])).batch(4), verbose=0)",
        ["forecast().fit(days.map(lambda s, w, r: (s, tuple(each + 1 for each in (w, r)))).batch(4), verbose=0)"],
    ),
    "inputs, by a method": (
        CLASS + "station().fit(Weather(2.0).days(), verbose=0)",
        ["        both = (wind * self.scale, rain * self.scale)"],
    ),
    "inputs, of whole batches, by a call in a lambda": (
        (
            "def pair(wind, rain):\n    return [wind, rain]\n\n"
            "def joined(sky, wind, rain):\n    return [wind, rain], sky\n\n"
            "station().fit(days.batch(4).map(lambda s, w, r: joined(s, w, r)), verbose=0)"
        ),
        ["    return (wind, rain), sky"],
    ),
    "validation": (
        (
            "held = days.map(lambda s, w, r: (s, [w, r])).batch(4)\n"
            "forecast().fit(sky, [wind, rain], validation_data=held, verbose=0)"
        ),
        ["held = days.map(lambda s, w, r: (s, (w, r))).batch(4)"],
    ),
    "lists that are sliced": (
        "both = [wind, rain]\nforecast().fit(tf.data.Dataset.from_tensor_slices((sky, both)).batch(4), verbose=0)",
        ["forecast().fit(tf.data.Dataset.from_tensor_slices((sky, tuple(both))).batch(4), verbose=0)"],
    ),
    "a list written where it is sliced": (
        "data = tf.data.Dataset.from_tensor_slices(([wind, rain], sky)).batch(4)\nstation().fit(data, verbose=0)",
        ["data = tf.data.Dataset.from_tensor_slices(((wind, rain), sky)).batch(4)"],
    ),
}


@pytest.mark.parametrize(("program", "lines"), CASES.values(), ids=CASES)
def test_the_list_is_to_be_a_tuple_where_the_element_is_made(program, lines, tmp_path):
    (cause,) = refused(HEAD + program, tmp_path).causes
    text = mended(tmp_path / "program.py", cause).splitlines()
    assert [line for line in lines if line not in text] == []
    assert cause.confidence == "cause"


ELSEWHERE = {
    "an array that is stacked": "forecast().fit(days.map(lambda s, w, r: (s, tf.stack([w, r]))).batch(4), verbose=0)",
    "a list that grows": (
        "def element(sky, wind, rain):\n    both = []\n    both.append(wind)\n    both.append(rain)\n"
        "    return sky, both\n\nforecast().fit(days.map(element).batch(4), verbose=0)"
    ),
    "a generator": (
        "def made():\n    for each in range(8):\n        yield sky[each], [wind[each], rain[each]]\n\n"
        "data = tf.data.Dataset.from_generator(made, (tf.float32, tf.float32), ((9,), (2, 3)))\n"
        "forecast().fit(data.batch(4), verbose=0)"
    ),
}


@pytest.mark.parametrize("program", ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_tensor_is_taken_apart_where_no_list_is_in_sight(program, tmp_path):
    (cause,) = refused(HEAD + program, tmp_path).causes
    text = mended(tmp_path / "program.py", cause).splitlines()[-1]
    assert text.endswith(".batch(4).map(lambda x, y: (x, tuple(y[:, i] for i in range(2)))), verbose=0)")
    assert cause.confidence == "possible"


@pytest.mark.parametrize(
    "program",
    [
        "forecast().fit(days.map(lambda s, w, r: (s, (w, r))).batch(4), verbose=0)",
        (
            "model = keras.Sequential([keras.Input((9,)), layers.Dense(6), layers.Reshape((2, 3))])\n"
            "model.compile('sgd', 'mse')\nmodel.fit(days.map(lambda s, w, r: (s, [w, r])).batch(4), verbose=0)"
        ),
    ],
)
def test_tuples_and_lists_that_are_meant_for_one_tensor_are_right(program, tmp_path):
    assert is_right(HEAD + program, tmp_path)
