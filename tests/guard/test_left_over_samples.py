"""Loops of the user's own that take every batch for a whole one: the last batch can be left out of the dataset."""

import keras
import pytest
from helpers.texts import applied, mended, module_of

from shapeguard import ShapeGuard, ShapeMismatchError

pytestmark = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="the programs are of TensorFlow")
PROGRAM = """
import keras
import numpy as np
import tensorflow as tf

ROWS = 6
body = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
samples = np.ones((20, 4), "float32")


def batches():
    return tf.data.Dataset.from_tensor_slices(samples).shuffle(20).batch(ROWS).prefetch(1)


def start():
    return tf.fill([ROWS, 2], 0.5)


def train(data):
    for number, rows in enumerate(data):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(body(rows) * start())
        tape.gradient(loss, body.trainable_variables)


train(batches())
"""


def asked(tmp_path, text):
    path = tmp_path / "program.py"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        module_of(path)
    return caught.value.report.diagnoses[0].causes, path


def of_batch(causes):
    return [each for each in causes if [edit.argument for edit in each.edits] == ["drop_remainder"]]


def test_the_last_batch_of_a_dataset_can_be_left_out(tmp_path):
    at_hand = PROGRAM.replace("train(batches())", "data = batches()\ntrain(data)")
    for text in (PROGRAM, at_hand, PROGRAM.replace("train(batches())", "train(data=batches().take(9))")):
        causes, path = asked(tmp_path, text)
        (told,) = of_batch(causes)
        assert ".batch(ROWS, drop_remainder=True).prefetch(1)" in applied(path, told)
        assert (told.confidence, told.verified) == ("possible", False)
        mended(path, told)


def test_a_number_that_the_batch_says_comes_first(tmp_path):
    text = PROGRAM.replace("tf.fill([ROWS, 2], 0.5)", "None").replace("start())", "tf.fill([ROWS, 2], 0.5))")
    causes, path = asked(tmp_path, text)
    assert "rows.shape[0]" in applied(path, causes[0])
    assert causes[1:] == tuple(of_batch(causes))


@pytest.mark.parametrize(
    ("now", "other"),
    [
        ("samples = np.ones((20", "samples = np.ones((5"),
        ("batch(ROWS)", "batch(7)"),
        ("batch(ROWS)", "batch(ROWS, False)"),
    ],
)
def test_a_batch_that_is_the_only_one_or_of_another_size_or_to_be_kept_stays(tmp_path, now, other):
    text = PROGRAM.replace("train(batches())", "data = batches()\ntrain(data)").replace(now, other)
    causes, _ = asked(tmp_path, text)
    assert not of_batch(causes)


SQUEEZED = """
import keras
import numpy as np
import tensorflow as tf

body = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
rows = tf.data.Dataset.from_tensor_slices((np.ones((9, 4), "float32"), np.zeros((9, 1), "int32"))).batch(4)


def loss_of(given, wanted):
    kinds, logits = tf.squeeze(wanted), body(given)
    return tf.nn.sparse_softmax_cross_entropy_with_logits(kinds, logits)


for given, wanted in rows:
    loss_of(given, wanted)
"""


def test_a_batch_of_one_sample_keeps_it_where_its_axes_are_squeezed(tmp_path):
    causes, path = asked(tmp_path, SQUEEZED)
    assert "kinds, logits = tf.squeeze(wanted, axis=1), body(given)" in applied(path, causes[0])
    assert causes[0].confidence == "possible"
    mended(path, causes[0])
