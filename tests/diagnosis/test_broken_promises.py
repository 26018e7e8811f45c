"""Layers that tell another output shape than they give."""

import pytest
from helpers.refused_programs import is_right, refused
from helpers.texts import applied

pytestmark = pytest.mark.filterwarnings("ignore:ShapeGuard. this model has no expected shapes")
HEAD = """
import keras
import numpy as np
from keras import layers, ops

WIDTH, KINDS = 12, 5


class Weights(layers.Layer):
    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], 1), name="kernel")

    def call(self, steps):
        return ops.softmax(ops.squeeze(ops.matmul(steps, self.kernel), -1))

    def compute_output_shape(self, input_shape):
        return RETURNED


steps = keras.Input((7, WIDTH))
"""
WEIGHED = """
weights = layers.Reshape((-1, 1))(Weights()(steps))
model = keras.Model(steps, layers.Multiply()([ops.tile(weights, (1, 1, WIDTH)), steps]))
"""
STRONGEST = """
kinds = layers.TimeDistributed(layers.Dense(KINDS))(layers.LSTM(WIDTH, return_sequences=True)(steps))
strongest = layers.Lambda(lambda given: ops.max(given, axis=1), output_shape=(WIDTH,))(kinds)
model = keras.Model(steps, layers.Dense(KINDS)(strongest))
model.compile("sgd", "mse")
model.train_on_batch(np.zeros((4, 7, WIDTH)), np.zeros((4, KINDS)))
"""


def told(program, tmp_path):
    diagnosis = refused(program, tmp_path)
    cause = diagnosis.causes[0]
    assert is_right(applied(tmp_path / "program.py", cause), tmp_path)
    return diagnosis, [(edit.argument, str(edit.suggestion)) for edit in cause.edits]


@pytest.mark.parametrize(
    ("returned", "edits"),
    [
        ("(input_shape[0], input_shape[-1])", [("compute_output_shape", "input_shape[1]")]),
        ("(input_shape[0], 9)", [("compute_output_shape", "7")]),
    ],
)
def test_a_method_that_tells_another_shape_is_told(returned, edits, tmp_path):
    diagnosis, found = told(HEAD.replace("RETURNED", returned) + WEIGHED, tmp_path)
    assert found == edits
    assert (diagnosis.layer_type, diagnosis.expected) == ("Weights", (None, 7))
    assert diagnosis.causes[0].confidence == "possible"


def test_a_lambda_tells_the_size_that_the_program_has_under_another_name(tmp_path):
    right = HEAD.replace("RETURNED", "input_shape[:2]")
    diagnosis, found = told(right + STRONGEST, tmp_path)
    assert found == [("output_shape", "KINDS")]
    assert diagnosis.layer_type == "Lambda"


def test_a_method_that_is_right_is_not_told(tmp_path):
    wrong = HEAD.replace("RETURNED", "input_shape[:2]") + WEIGHED.replace("WIDTH)), steps", "WIDTH + 1)), steps")
    assert refused(wrong, tmp_path).layer_type != "Weights"
