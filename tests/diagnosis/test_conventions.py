"""What the habits of people who write networks say of several repairs: projections, passed values, kernels, Keras 1."""

import keras
import pytest
from keras import layers

from shapeguard import ShapeGuard, ShapeMismatchError


def first_cause(build):
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        build()
    cause = caught.value.report.diagnoses[0].causes[0]
    return {(layer, edit.argument): edit.suggestion for edit in cause.edits for layer in edit.layers}, cause.confidence


def halved(x, filters, s):
    """A residual block whose shortcut forgot the strides."""
    inside = layers.Conv2D(filters, 3, strides=s, padding="same")(x)
    inside = layers.Conv2D(filters, 3, padding="same")(layers.ReLU()(inside))
    return layers.Add()([inside, layers.Conv2D(filters, 1, name=f"shortcut_{filters}")(x)])


def test_the_projection_of_a_shortcut_takes_the_strides_that_were_passed_to_the_block():
    def build():
        x = layers.Conv2D(8, 3, padding="same")(keras.Input((32, 32, 3)))
        halved(x, 16, 2)

    assert first_cause(build) == ({("shortcut_16", "strides"): (2, 2)}, "possible")


def test_a_convolution_of_single_pixels_says_nothing_of_the_windows_of_others():
    def build():
        x = layers.Conv1D(8, 1)(keras.Input((64, 1)))
        layers.Add()([x, layers.Conv1D(8, 2, name="shrinks")(x)])

    blamed, _ = first_cause(build)
    assert blamed == {("shrinks", "padding"): "same"}


def test_the_keras_1_form_is_one_habit_whatever_the_sizes():
    def build():
        image = keras.Input((28, 28, 3))
        ways = [
            layers.Convolution2D(8, 1, 1, padding="same")(image),
            layers.Convolution2D(8, 3, 3, padding="same", name="by_three")(image),
            layers.Convolution2D(8, 5, 5, padding="same", name="by_five")(image),
        ]
        layers.Concatenate()(ways)

    assert first_cause(build) == ({("by_three", "strides"): (1, 1), ("by_five", "strides"): (1, 1)}, "cause")
