"""A model inside the model that is there already: what it declares, no change before it may break."""

import keras
import numpy as np
import pytest
from keras import layers

from shapeguard import ShapeGuard, ShapeMismatchError


def functional():
    i = keras.Input((8, 8, 3))
    return keras.Model(i, layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3)(i)), name="base")


def sequential():
    return keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(4, 3), layers.Flatten()], name="base")


def by_first_layer():
    return keras.Sequential([layers.Conv2D(4, 3, input_shape=(8, 8, 3)), layers.Flatten()], name="base")


def of_any_size():
    i = keras.Input((None, None, 3))
    return keras.Model(i, layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3)(i)), name="base")


def deferred():
    return keras.Sequential([layers.Conv2D(4, 3), layers.Flatten()], name="base")


def cloned():
    base = deferred()
    base(keras.Input((8, 8, 3)))
    return keras.models.clone_model(base)


def trained():
    base = deferred()
    base.compile("sgd", "mse")
    base.fit(np.zeros((2, 8, 8, 3)), np.zeros((2, 144)), verbose=0)
    return base


def application():
    return keras.applications.MobileNet(input_shape=(32, 32, 3), include_top=False, weights=None, pooling="avg")


def causes(base, declared, given):
    """The causes where a model around `base` that declares `declared` is fitted on data of the shape `given`."""
    i = keras.Input(declared, name="image")
    model = keras.Model(i, layers.Dense(1)(base()(i)))
    model.compile("sgd", "mse")
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(np.zeros((4, *given)), np.zeros((4, 1)), verbose=0, callbacks=[ShapeGuard()])
    return [(cause.kind, cause.suggestion, cause.verified) for cause in caught.value.report.diagnoses[0].causes]


@pytest.mark.filterwarnings("ignore:Do not pass an `input_shape`")
@pytest.mark.parametrize("base", [functional, sequential, by_first_layer, cloned, trained])
def test_no_other_input_is_offered_that_a_ready_made_model_refuses(base):
    assert causes(base, (8, 8, 3), (8, 8, 4)) == [("data", "np.zeros((4, *given))[..., :3]", True)]


def test_an_application_keeps_its_channels():
    assert causes(application, (32, 32, 3), (32, 32, 4)) == [("data", "np.zeros((4, *given))[..., :3]", True)]


def test_a_ready_made_model_takes_every_size_that_it_leaves_open():
    assert causes(of_any_size, (8, 8, 3), (10, 10, 3))[0] == ("argument", (10, 10, 3), True)
    assert not any(suggestion == (8, 8, 4) for _, suggestion, _ in causes(of_any_size, (8, 8, 3), (8, 8, 4)))


def test_a_model_that_its_first_call_builds_follows_another_input():
    assert causes(deferred, (8, 8, 3), (8, 8, 5))[0] == ("argument", 5, True)  # the 3 in this very line
