"""Rows of 720 numbers go through a dense layer and then a convolution, for which nobody gave them an axis."""
import numpy as np
import keras
from keras.layers import Conv1D, Dense, Flatten, Input

SOURCE = "https://github.com/keras-team/keras/issues/7136"
TITLE = "conv1d expected ndim=3"
CATEGORY = "Input shape"
STYLE = "functional"
UPSTREAM = True
CRASHES = "build"
EXPECTED = {"conv1d": (None, 718, 8)}
ACTUAL = {"dense": (None, 16)}
CULPRIT = dict(layer="row", argument="shape", bad=(720,), good=(720, 1))
ACCEPT = [("row", "shape", (720, 1))]
LOSS = "msle"


def build():
    row = Input(shape=(720,), name="row")
    h = Dense(16, activation="relu")(row)
    h = Conv1D(8, 3, activation="relu")(h)
    return keras.Model(row, Dense(1, activation="relu")(Flatten()(h)))


def data():
    return np.zeros((2, 720), "float32"), np.zeros((2, 1), "float32")
