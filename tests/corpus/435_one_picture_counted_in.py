"""A batch of one was counted into `input_shape`, of pictures with their channels first."""
import numpy as np
import keras
from keras.layers import Conv2D, Dense, Flatten

SOURCE = "https://github.com/keras-team/keras/issues/10903"
TITLE = "conv2d expected ndim=4, found ndim=5"
CATEGORY = "input_shape"
STYLE = "sequential, add"
UPSTREAM = False
CRASHES = "build"
EXPECTED = {"conv2d": (None, 16, 12, 20)}
ACTUAL = {}
CULPRIT = dict(layer="conv2d", argument="input_shape", bad=(1, 3, 44, 68), good=(3, 44, 68))
ACCEPT = [("conv2d", "input_shape", (3, 44, 68))]
LOSS = "mse"
FIT_AFTER = False       # convolutions of channels first do not run on a CPU with TensorFlow


def build():
    seen = (3, 44, 68)
    eye = keras.Sequential()
    eye.add(Conv2D(16, (11, 11), strides=(3, 3), padding="valid", activation="relu", input_shape=(1, *seen),
                   data_format="channels_first"))
    eye.add(Flatten())
    eye.add(Dense(4))
    return eye


def data():
    return np.zeros((2, 3, 44, 68), "float32"), np.zeros((2, 4), "float32")
