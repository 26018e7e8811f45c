"""Recurrent layers that are asked for their states as in Keras 2."""

import pytest
from helpers.refused_programs import is_right, refused
from helpers.texts import applied

pytestmark = pytest.mark.filterwarnings("ignore:ShapeGuard. this model has no expected shapes")
HEAD = """
import keras
import numpy as np
from keras import layers


class Writer(keras.Model):
    def __init__(self):
        super().__init__()
        self.rnn = layers.{layer}(6, return_state=True)
        self.out = layers.Dense(9)

    def call(self, letters):
        states = self.rnn.get_initial_state({given})
        return self.out(self.rnn(letters, initial_state=states)[0])


"""
CALLED = "Writer()(np.zeros((4, 5, 3), 'float32'))\n"
TRAINED = "model = Writer()\nmodel.compile('sgd', 'mse')\nmodel.fit(np.zeros((4, 5, 3)), np.zeros((4, 9)), verbose=0)\n"


@pytest.mark.parametrize("layer", ["GRU", "LSTM"])
@pytest.mark.parametrize("use", [CALLED, TRAINED])
def test_a_tensor_becomes_the_number_of_its_samples(layer, use, tmp_path):
    diagnosis = refused(HEAD.format(layer=layer, given="letters") + use, tmp_path)
    (cause,) = diagnosis.causes
    assert (diagnosis.code, cause.confidence) == ("SG601", "cause")
    assert cause.edits[0].replacement == "batch_size=keras.ops.shape(letters)[0]"
    assert is_right(applied(tmp_path / "program.py", cause), tmp_path)


def test_a_number_is_no_matter(tmp_path):
    assert is_right(HEAD.format(layer="GRU", given="4") + CALLED, tmp_path)
