"""A recurrent convolution in both directions, over what its author calls a series of pictures: the input is one picture."""
import numpy as np
import keras
from keras.layers import Bidirectional, Conv2D, ConvLSTM2D, Input

SOURCE = "https://github.com/keras-team/keras/issues/9763"
TITLE = "bidirectional ConvLSTM: expected ndim=5, found ndim=4"
CATEGORY = "Input shape"
STYLE = "functional, a wrapper"
UPSTREAM = True
CRASHES = "build"
EXPECTED = {"both_ways": (None, 32, 32, 16)}
ACTUAL = {}
CULPRIT = dict(layer="slices", argument="shape", bad=(32, 32, 1), good=(8, 32, 32, 1))
ACCEPT = [("slices", "shape", (8, 32, 32, 1)), ("slices", "shape", (None, 32, 32, 1)), ("slices", "shape", (1, 32, 32, 1))]
LOSS = "binary_crossentropy"


def build():
    slices = Input((32, 32, 1), name="slices")
    h = Bidirectional(ConvLSTM2D(8, 3, activation="relu", padding="same"), name="both_ways")(slices)
    return keras.Model(slices, Conv2D(1, 1, activation="sigmoid")(h))


def data():
    return np.zeros((1, 8, 32, 32, 1), "float32"), np.zeros((1, 32, 32, 1), "float32")
