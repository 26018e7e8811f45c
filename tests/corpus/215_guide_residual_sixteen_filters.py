"""An older version of that example: sixteen filters in the branch, three channels in the
picture it is added to."""
import keras
import numpy as np
from keras.layers import Add, Conv2D, Dense, Flatten, Input, MaxPooling2D

SOURCE = "https://github.com/keras-team/keras/pull/2688"
TITLE = "only layers of the same shape can be summed: 3 and 16 channels"
CATEGORY = "filters (residual)"
STYLE = "functional"
UPSTREAM = True
CRASHES = "build"
EXPECTED = {"add": (None, 64, 64, 3)}
ACTUAL = {"conv2d": (None, 64, 64, 16)}
CULPRIT = {"layer": "conv2d", "argument": "filters", "bad": 16, "good": 3}
ACCEPT = [("conv2d", "filters", 3)]
LOSS = "mse"


def build():
    x = Input((64, 64, 3))
    y = Conv2D(16, (3, 3), padding="same", activation="relu")(x)
    z = Add()([x, y])
    score = Dense(1)(Flatten()(MaxPooling2D(4)(z)))
    return keras.Model(x, score)


def data():
    return np.zeros((2, 64, 64, 3), "float32"), np.zeros((2, 1), "float32")
