"""A layer that refuses the rank of its input: which Reshape, or TimeDistributed(Flatten()), is missing."""

import keras
import pytest
from keras import layers

from shapeguard import ShapeGuard, ShapeMismatchError


def blamed(*stack):
    """The first cause of the refusal while these layers are put one on another."""
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        keras.Sequential(list(stack))
    cause = caught.value.report.diagnoses[0].causes[0]
    return cause.layer, cause.argument, cause.suggestion


def frames():
    return keras.Input((20, 15, 15, 8))


@pytest.mark.parametrize(
    ("stack", "blame"),
    [
        (
            lambda: (keras.Input((16, 64, 8)), layers.ReLU(), layers.LSTM(4, name="reads")),
            ("reads", "insert_before", "Reshape((16, 512))"),
        ),
        (
            lambda: (frames(), layers.LSTM(4, name="reads")),
            ("reads", "insert_before", "TimeDistributed(Flatten())"),
        ),
        (
            lambda: (frames(), layers.Flatten(name="flat"), layers.LSTM(4)),
            ("flat", "replace", "TimeDistributed(Flatten())"),
        ),
        (
            lambda: (keras.Input((50,)), layers.Embedding(9, 8), layers.Conv2D(4, 3, name="sees")),
            ("sees", "insert_before", "Reshape((50, 8, 1))"),
        ),
        (
            lambda: (keras.Input((64,)), layers.Dense(7 * 7 * 8), layers.Conv2DTranspose(4, 3, name="grows")),
            ("grows", "insert_before", "Reshape((7, 7, 8))"),
        ),
    ],
)
def test_the_missing_regrouping_is_named_with_its_sizes(stack, blame):
    assert blamed(*stack()) == blame


def test_a_layer_that_flattens_too_early_is_blamed_before_a_reshape():
    stack = keras.Input((64, 64, 3)), layers.Flatten(name="flat"), layers.Conv2D(4, 3)
    assert blamed(*stack) == ("flat", "remove", None)
