"""What keeps a change from being called verified although Keras builds it."""

import keras
import pytest
from keras import layers

from shapeguard import ShapeGuard, ShapeMismatchError, check
from shapeguard.diagnosis.reservations import UNSEEN_DATA

EXPECTED = {"head": "B 4"}


def stopped():
    """The causes where a program was stopped while it built its model: a global pooling is missing."""
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard(EXPECTED):
        maps = layers.Conv2D(4, 3, strides=2, padding="same")(keras.Input((16, 16, 3), name="image"))
        layers.Reshape((4,), name="head")(maps)
    return {cause.argument: cause for cause in caught.value.report.diagnoses[0].causes}


def test_another_input_is_not_verified_where_the_program_was_stopped_before_its_data():
    causes = stopped()
    assert not causes["shape"].verified
    assert causes["shape"].proof == UNSEEN_DATA


def test_a_change_of_layers_is_verified_there():
    assert any(cause.verified for argument, cause in stopped().items() if argument != "shape")


def test_an_input_that_differs_by_a_last_axis_of_one_is_verified_there():
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard({"maps": "B 28 4"}):
        layers.Conv1D(4, 3, name="maps")(keras.Input((30,), name="row"))
    cause = caught.value.report.diagnoses[0].causes[0]
    assert (cause.argument, cause.suggestion) == ("shape", (30, 1))
    assert cause.verified
    assert cause.proof.startswith("builds, no data seen")


def test_another_input_of_a_whole_model_is_verified_without_data_and_says_so():
    model = keras.Sequential([keras.Input((30, 3)), layers.Cropping1D(2, name="crop"), layers.Conv1D(4, 3)])
    causes = {cause.argument: cause for cause in check(model, {"crop": "B 24 3"}).diagnoses[0].causes}
    assert causes["shape"].verified
    assert causes["shape"].proof.startswith("builds, no data seen")
