"""Datasets of (x, y) that are zipped for a model of several inputs."""

import keras
import pytest
from helpers.refused_programs import is_right, refused
from helpers.texts import mended

pytestmark = [
    pytest.mark.filterwarnings("ignore:ShapeGuard. this model has no expected shapes"),
    pytest.mark.filterwarnings("ignore:`shuffle=True` was passed"),
    pytest.mark.skipif(keras.config.backend() != "tensorflow", reason="others have no such datasets"),
]
HEAD = """
import keras
import numpy as np
import tensorflow as tf
from keras import layers

def made(size):
    return tf.data.Dataset.from_tensor_slices((np.zeros((8, size)), np.zeros((8, 1)))).batch(4)

radio, light = keras.Input((5,)), keras.Input((3,))
joined = layers.Concatenate()([radio, light])
one = keras.Model([radio, light], layers.Dense(1)(joined))
one.compile("sgd", "mse")
two = keras.Model([radio, light], [layers.Dense(1)(joined), layers.Dense(1)(joined)])
two.compile("sgd", "mse")
"""


@pytest.mark.parametrize(
    ("program", "line", "confidence"),
    [
        (
            "zipped = tf.data.Dataset.zip\ntwo.fit(zipped((made(5), made(3))), verbose=0)",
            "two.fit(zipped((made(5), made(3))).map(lambda a, b: ((a[0], b[0]), (a[1], b[1]))), verbose=0)",
            "cause",
        ),
        (
            "nights = tf.data.Dataset.zip((made(5), made(3)))\none.evaluate(nights, verbose=0)",
            "one.evaluate(nights.map(lambda a, b: ((a[0], b[0]), a[1])), verbose=0)",
            "possible",
        ),
    ],
    ids=["two outputs", "one output"],
)
def test_the_inputs_are_put_together_and_so_are_the_targets(program, line, confidence, tmp_path):
    diagnosis = refused(HEAD + program, tmp_path)
    (cause,) = diagnosis.causes
    assert mended(tmp_path / "program.py", cause).splitlines()[-1] == line
    assert (diagnosis.code, cause.confidence) == ("SG301", confidence)


def test_pairs_that_are_inputs_and_targets_are_right(tmp_path):
    halves = "tf.data.Dataset.zip((made(5).map(lambda x, y: x), made(3).map(lambda x, y: x)))"
    both = "tf.data.Dataset.zip((made(1), made(1))).map(lambda a, b: (a[1], b[1]))"
    assert is_right(f"{HEAD}two.fit(tf.data.Dataset.zip(({halves}, {both})), verbose=0)", tmp_path)
