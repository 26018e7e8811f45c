"""Grey pictures of 128x128 for a first convolution: by analogy with the documentation's
(3, 128, 128) the one channel is written first."""
import keras
import numpy as np
from keras.layers import Convolution2D, Dense, Flatten, MaxPooling2D

SOURCE = "https://github.com/keras-team/keras/issues/3844"
TITLE = "filter must not be larger than the input: (3, 3), (1, 128)"
CATEGORY = "input_shape"
STYLE = "sequential"
UPSTREAM = False
CRASHES = "build"
EXPECTED = {"conv2d": (None, 126, 126, 16)}
CULPRIT = {"layer": "conv2d", "argument": "input_shape", "bad": (1, 128, 128), "good": (128, 128, 1)}
ACCEPT = [("conv2d", "input_shape", (128, 128, 1))]
LOSS = "binary_crossentropy"

rows, cols, filters, side = 128, 128, 16, 3


def build():
    grey = keras.Sequential()
    grey.add(Convolution2D(filters, (side, side), padding="valid", input_shape=(1, rows, cols)))
    grey.add(MaxPooling2D((4, 4)))
    grey.add(Flatten())
    grey.add(Dense(1, activation="sigmoid"))
    return grey


def data():
    return np.zeros((2, rows, cols, 1), "float32"), np.zeros((2, 1), "float32")
