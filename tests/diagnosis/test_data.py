"""Data that the model cannot take: the line of code that is offered makes it what the model takes."""

import keras
import numpy as np
import pytest
from keras import layers

from shapeguard import ShapeGuard, ShapeMismatchError


def pictures():
    return keras.Sequential([keras.Input((16, 16, 3)), layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(2)])


def sentences():
    return keras.Sequential([keras.Input((20,)), layers.Embedding(50, 4), layers.Flatten(), layers.Dense(2)])


def volumes():
    return keras.Sequential([keras.Input((6, 16, 16, 3)), layers.Conv3D(2, 3), layers.Flatten(), layers.Dense(2)])


def signals():
    return keras.Sequential([keras.Input((40, 3)), layers.Conv1D(4, 3), layers.Flatten(), layers.Dense(2)])


@pytest.mark.parametrize(
    ("model", "given", "code"),
    [
        (volumes, (8, 3, 6, 16, 16), "x = np.moveaxis(x, 1, -1)"),
        (signals, (8, 3, 40), "x = np.swapaxes(x, 1, 2)"),
        (pictures, (8, 3, 16, 16), "x = np.moveaxis(x, 1, -1)"),
        (pictures, (8, 20, 24, 3), "x = keras.ops.image.resize(x, (16, 16))"),
        (pictures, (8, 16, 16), "x = np.stack([x] * 3, -1)"),
        (sentences, (8, 23), "x = keras.utils.pad_sequences(x, 20)"),
    ],
)
def test_the_code_that_is_offered_gives_data_that_the_model_takes(model, given, code):
    network = model()
    network.compile("sgd", "mse")
    expected = {layer.name: ("B", *layer.output.shape[1:]) for layer in network.layers}
    x = np.zeros(given, "float32")
    with pytest.raises(ShapeMismatchError) as raised:
        network.fit(x, np.zeros((8, 2)), verbose=0, callbacks=[ShapeGuard(expected)])
    (diagnosis,) = raised.value.report.diagnoses
    (edit,) = diagnosis.causes[0].edits
    assert (diagnosis.causes[0].kind, edit.suggestion) == ("data", code)
    namespace = {"x": x, "np": np, "keras": keras}
    exec(code, namespace)  # noqa: S102  the code that is offered
    network.fit(namespace["x"], np.zeros((8, 2)), verbose=0)


def test_nothing_is_promised_while_the_data_does_not_fit():
    model = keras.Sequential([keras.Input((7, 2)), layers.LSTM(4), layers.Dense(9, name="classes")])
    model.compile("sgd", "categorical_crossentropy")
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(np.zeros((5, 6, 2)), np.zeros((5, 3)), verbose=0, callbacks=[ShapeGuard()])
    causes = caught.value.report.diagnoses[0].causes
    assert [cause.verified for cause in causes if cause.argument == "units"] == [False]
