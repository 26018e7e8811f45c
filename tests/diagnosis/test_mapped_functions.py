"""A slip in a function by which a `tf.data` dataset is mapped: its expression is told, and not the network."""

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

signals = np.random.default_rng(0).random((12, 10, 3)).astype("float32")
kinds = keras.utils.to_categorical(np.arange(12) % 4, 4).astype("float32")
rows = tf.data.Dataset.from_tensor_slices((signals, kinds))

def train(ds):
    ways = [layers.Conv1D(4, 3), layers.GlobalAveragePooling1D(), layers.Dense(4, activation="softmax")]
    model = keras.Sequential([keras.Input((10, 3)), *ways])
    model.compile("sgd", "categorical_crossentropy")
    model.fit(ds, verbose=0)
"""
CASES = {
    "a weight of each sample": (
        """
def blend(x, y):
    share = tf.random.uniform([tf.shape(x)[0], 1, 1])
    share_of_kind = share
    x = x * share + tf.reverse(x, [0]) * (1.0 - share)
    return x, y * share_of_kind + tf.reverse(y, [0]) * (1.0 - share_of_kind)

train(rows.batch(4).map(blend).prefetch(1))
""",
        ["    share_of_kind = tf.squeeze(share, 1)"],
    ),
    "one that is read twice": (
        """
def blend(x, y):
    share = tf.random.uniform([tf.shape(x)[0], 1, 1])
    y = y * share + y[::-1] * (1.0 - share)
    return x * share + x[::-1] * (1.0 - share), y

train(rows.shuffle(12).batch(4).map(blend, num_parallel_calls=2))
""",
        ["    y = y * tf.squeeze(share, 1) + y[::-1] * (1.0 - tf.squeeze(share, 1))"],
    ),
    "a call too many": (
        """
def noisy(x, y):
    x = tf.expand_dims(x, 0)
    return x + tf.random.normal(tf.shape(x)), y

train(rows.map(noisy).batch(4))
""",
        ["    x = x"],
    ),
    "a function in place": (
        "\ntrain(rows.map(lambda x, y: (x, tf.expand_dims(y, 0))).batch(4).repeat(2))\n",
        ["train(rows.map(lambda x, y: (x, y)).batch(4).repeat(2))"],
    ),
    "inputs and targets exchanged": (
        """
def part(x, y):
    return y, x[:, :]

train(rows.map(part).batch(4))
""",
        ["    return x[:, :], y"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_expression_of_the_mapped_function_is_the_cause(case, tmp_path):
    program, lines = CASES[case]
    (cause, *others) = refused(HEAD + program, tmp_path).causes
    after = mended(tmp_path / "program.py", cause).splitlines()
    assert [line for line in after if line not in (HEAD + program).splitlines()] == lines
    assert (cause.confidence, cause.proven_by, others) == ("cause", "rebuilt", [])


REFUSING = """
def centre(x):
    return x - tf.reduce_mean(x, axis=1)

def centred(x, y):
    return centre(x), y

train(rows.batch(4).map(centred))
"""


def test_a_function_that_refuses_its_elements_itself_is_told_with_what_it_calls(tmp_path):
    diagnosis = refused(HEAD + REFUSING, tmp_path)
    kept, over_samples = diagnosis.causes
    after = mended(tmp_path / "program.py", kept)
    assert "return x - tf.reduce_mean(x, axis=1, keepdims=True)" in after
    assert (diagnosis.code, kept.confidence, over_samples.confidence) == ("SG301", "possible", "possible")
    assert "a function that the dataset is mapped by refuses its elements" in diagnosis.headline


def test_a_layer_that_is_the_cause_for_certain_stays_it(tmp_path):
    program = HEAD.replace("layers.Dense(4", "layers.Dense(5")
    counted = """
def counted(x, y):
    return x, tf.one_hot(tf.argmax(y, axis=-1), depth=4)

train(rows.map(counted).batch(4))
"""
    (cause, *_) = refused(program + counted, tmp_path).causes
    assert [(edit.argument, edit.suggestion) for edit in cause.edits] == [("units", 4)]


def test_functions_that_give_what_they_get_are_not_told(tmp_path):
    program = HEAD.replace("layers.Dense(4", "layers.Dense(5")
    causes = refused(program + "\ntrain(rows.map(lambda x, y: (x + 1, y)).batch(4))\n", tmp_path).causes
    assert [(edit.argument, edit.suggestion) for edit in causes[0].edits] == [("units", 4)]
    assert all("mapped" not in each.explanation for each in causes)


def test_right_functions_are_left_alone(tmp_path):
    program = REFUSING.replace("axis=1)", "axis=1, keepdims=True)")
    assert is_right(HEAD + program, tmp_path)
