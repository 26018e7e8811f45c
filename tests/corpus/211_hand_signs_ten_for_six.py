"""Hand signs for the digits 0 to 5: six one-hot columns, but the last layer still has the ten
units of the digit example it was copied from."""
import keras
import numpy as np

SOURCE = "https://github.com/keras-team/keras/issues/12910"
TITLE = "labels (1080, 6) against an output of (None, 10)"
CATEGORY = "units"
STYLE = "sequential given as a list"
UPSTREAM = False
CRASHES = "fit"
EXPECTED = {"dense_1": (None, 6)}
ACTUAL = {"flatten": (None, 12288), "dense_1": (None, 10)}
CULPRIT = {"layer": "dense_1", "argument": "units", "bad": 10, "good": 6}
ACCEPT = [("dense_1", "units", 6)]
LOSS = "categorical_crossentropy"


def build():
    return keras.models.Sequential([
        keras.layers.Flatten(input_shape=(64, 64, 3)),
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dense(10, activation="softmax"),
    ])


def data():
    return np.zeros((6, 64, 64, 3), "float32"), np.eye(6, dtype="float32")
