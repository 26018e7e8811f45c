"""Sample weights in the elements of a `tf.data` dataset: they are converted where the program makes them."""

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

rng = np.random.default_rng(0)
tracks, words = rng.random((8, 6, 4)).astype("float32"), np.eye(3, dtype="float32")[np.arange(48).reshape(8, 6) % 3]
trust = np.ones((8, 6, 3), "float32")

def tagger():
    model = keras.Sequential([keras.Input((6, 4)), layers.Dense(3, activation="softmax")])
    model.compile("sgd", "categorical_crossentropy")
    return model

"""
CASES = {
    "a whole array": (
        (
            "ds = tf.data.Dataset.from_tensor_slices((tracks, words, trust)).shuffle(8).batch(4)\n"
            "tagger().fit(ds, verbose=0)\n"
        ),
        ["ds = tf.data.Dataset.from_tensor_slices((tracks, words, np.mean(trust, axis=-1))).shuffle(8).batch(4)"],
    ),
    "parts that have a name": (
        (
            "parts = (tracks, words, trust * 2)\nds = tf.data.Dataset.from_tensor_slices(parts)\n"
            "tagger().fit(ds.batch(4), verbose=0)\n"
        ),
        ["parts = (tracks, words, np.mean(trust * 2, axis=-1))"],
    ),
    "a mapped function": (
        (
            "def weighted(x, y):\n    w = tf.where(y > 0, 2.0, 1.0)\n    return x, y, w\n\n"
            "ds = tf.data.Dataset.from_tensor_slices((tracks, words)).batch(4)\n"
            "tagger().fit(ds.map(weighted).prefetch(1), verbose=0)\n"
        ),
        ["    return x, y, tf.reduce_mean(w, axis=-1)"],
    ),
    "several axes": (
        (
            "def weighted(x, y):\n    return x, y, tf.ones((6, 3, 2))\n\n"
            "ds = tf.data.Dataset.from_tensor_slices((tracks, words)).map(weighted).batch(4)\n"
            "tagger().evaluate(ds, verbose=0)\n"
        ),
        ["    return x, y, tf.reduce_mean(tf.ones((6, 3, 2)), axis=(-2, -1))"],
    ),
    "a generator": (
        (
            "ds = tf.data.Dataset.from_generator(lambda: zip(tracks, words, trust),"
            " output_signature=tuple(tf.TensorSpec((6, n)) for n in (4, 3, 3))).batch(4)\n"
            "tagger().fit(ds, verbose=0)\n"
        ),
        ["tagger().fit(ds.map(lambda x, y, w: (x, y, tf.reduce_mean(w, axis=-1))), verbose=0)"],
    ),
    "data for validation": (
        (
            "def weighted(x, y):\n    return x, y, y + 1\n\n"
            "ds = tf.data.Dataset.from_tensor_slices((tracks, words)).batch(4)\n"
            "tagger().fit(ds, validation_data=ds.map(weighted), verbose=0)\n"
        ),
        ["    return x, y, tf.reduce_mean(y + 1, axis=-1)"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_one_weight_is_made_where_there_are_several(case, tmp_path):
    program, lines = CASES[case]
    (cause,) = refused(HEAD + program, tmp_path).causes
    after = mended(tmp_path / "program.py", cause).splitlines()
    assert [line for line in after if line not in (HEAD + program).splitlines()] == lines
    assert (cause.confidence, cause.verified) == ("possible", False)


def test_a_module_that_the_program_does_not_have_is_imported(tmp_path):
    program = HEAD.replace("import tensorflow as tf\n", "from tensorflow.data import Dataset\n")
    made = "ds = Dataset.from_tensor_slices((tracks, words)).map(lambda x, y: (x, y, y + 1)).batch(4)\n"
    (cause,) = refused(program + made + "tagger().fit(ds, verbose=0)\n", tmp_path).causes
    after = mended(tmp_path / "program.py", cause)
    assert "import tensorflow as tf\n" in after
    assert "lambda x, y: (x, y, tf.reduce_mean(y + 1, axis=-1))" in after


def test_weights_of_each_step_are_right(tmp_path):
    program, lines = CASES["a whole array"]
    assert is_right(HEAD + program.replace(program.splitlines()[0], lines[0]), tmp_path)
