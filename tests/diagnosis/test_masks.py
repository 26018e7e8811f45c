"""Masks that a layer is called with, of which symbolic calls let every shape pass."""

import keras
import numpy as np
import pytest
from keras import layers

from shapeguard import ShapeGuard, ShapeMismatchError

STEPS = np.zeros((32, 20, 8), "float32")
VALUES = np.zeros((32, 30, 8), "float32")


def refused(arrays, outputs_of):
    inputs = [keras.Input(array.shape[1:], dtype=array.dtype.name) for array in arrays]
    model = keras.Model(inputs, outputs_of(*inputs))
    model.compile("sgd", "mse")
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(arrays, np.zeros((32, *model.output.shape[1:])), verbose=0, callbacks=[ShapeGuard()])
    (diagnosis,) = caught.value.report.diagnoses
    return diagnosis


def mask(*shape):
    return np.ones((32, *shape), bool)


def told(diagnosis):
    (cause,) = diagnosis.causes
    assert (cause.confidence, cause.edits) == ("cause", ())
    assert cause.title in diagnosis.headline
    return cause.title


def self_attention(x, m):
    return layers.MultiHeadAttention(2, 4)(x, x, attention_mask=m)


def test_a_mask_of_steps_lacks_the_axis_of_the_queries():
    diagnosis = refused([STEPS, mask(20)], self_attention)
    assert "the attention_mask must be (batch, 20, 20)" in diagnosis.headline
    cause = diagnosis.causes[0]
    assert (cause.edits[0].replacement, cause.confidence, cause.proven_by) == ("m[:, None]", "cause", "rebuilt")


def test_in_a_call_of_the_users_own_as_well():
    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.attention = layers.MultiHeadAttention(2, 4)

        def call(self, x):
            visible = keras.ops.any(keras.ops.not_equal(x, 0), axis=-1)
            return self.attention(x, x, attention_mask=visible)

    model = Net()
    model.compile("sgd", "mse")
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(STEPS, STEPS, verbose=0, callbacks=[ShapeGuard()])
    assert caught.value.report.diagnoses[0].causes[0].edits[0].replacement == "visible[:, None]"


def test_a_mask_of_another_length_is_told_and_no_layer_is_put_before_it():
    diagnosis = refused([STEPS, mask(18)], lambda x, m: layers.LSTM(4)(x, mask=m))
    assert told(diagnosis) == "the mask must be (batch, 20), got (32, 18)"


def test_a_mask_of_the_other_sequence_is_told():
    diagnosis = refused([STEPS, VALUES, mask(20)], lambda q, v, m: layers.Attention()([q, v], mask=[None, m]))
    assert told(diagnosis) == "the mask of the value must be (batch, 30), got (32, 20)"


def test_an_axis_behind_would_fit_and_leave_nothing_out():
    def attend(q, v, m):
        return layers.MultiHeadAttention(2, 4)(q, v, attention_mask=m)

    said = "the attention_mask must be (batch, 20, 30), with 1 where all are alike, got (32, 1, 20)"
    assert told(refused([STEPS, VALUES, mask(1, 20)], attend)) == said


def test_a_pooling_takes_a_mask_without_a_last_axis():
    diagnosis = refused([STEPS, mask(20, 1)], lambda x, m: layers.GlobalAveragePooling1D()(x, mask=m))
    assert diagnosis.causes[0].edits[0].replacement == "m[..., 0]"


@pytest.mark.parametrize(
    ("arrays", "outputs_of"),
    [
        ([STEPS, mask(20, 20)], self_attention),
        ([STEPS, mask(1, 20)], self_attention),
        ([STEPS, mask(20, 1)], self_attention),
        ([STEPS, mask(2, 20, 20)], self_attention),
        ([STEPS, mask(1, 1, 20)], self_attention),
        ([STEPS, VALUES, mask(30)], lambda q, v, m: layers.Attention()([q, v], mask=[None, m])),
        ([STEPS, VALUES, mask(20)], lambda q, v, m: layers.Attention()([q, v], mask=[m, None])),
        ([STEPS, VALUES, mask(20, 30)], lambda q, v, m: layers.Attention()([q, v], mask=[None, m])),
        ([STEPS, mask(20)], lambda x, m: layers.GRU(4)(x, mask=m)),
        ([STEPS, mask(20, 1)], lambda x, m: layers.GRU(4)(x, mask=m)),
    ],
)
def test_what_keras_takes_is_no_fault(arrays, outputs_of):
    inputs = [keras.Input(array.shape[1:], dtype=array.dtype.name) for array in arrays]
    model = keras.Model(inputs, layers.Dense(3)(outputs_of(*inputs)))
    model.compile("sgd", "mse")
    targets = np.zeros((32, *model.output.shape[1:]))
    model.fit(arrays, targets, verbose=0)
    narrow = [*model.output.shape[1:-1], 4]
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(arrays, np.zeros((32, *narrow)), verbose=0, callbacks=[ShapeGuard()])
    assert caught.value.report.diagnoses[0].causes[0].edits[0].argument == "units"
