"""LeNet carried over from Keras 1: every convolution still gives rows and columns as two
integers.  Only the sizes 28, 14, 7 and 3 were ever meant; the third block finds one pixel."""
import keras
import numpy as np
from keras.layers import Activation, Convolution2D, Dense, Dropout, Flatten, MaxPooling2D

SOURCE = "https://github.com/keras-team/keras/issues/10300 (channels-last here)"
TITLE = "LeNet ported from Keras 1 with Convolution2D(6, 5, 5)"
CATEGORY = "strides (Keras 1 positional)"
STYLE = "sequential"
UPSTREAM = True
CRASHES = "build"
EXPECTED = {"max_pooling2d": (None, 14, 14, 6), "max_pooling2d_1": (None, 7, 7, 16), "conv2d_2": (None, 3, 3, 120)}
ACTUAL = {"conv2d": (None, 6, 6, 6), "max_pooling2d": (None, 3, 3, 6)}
CULPRIT = {"layer": "conv2d", "argument": "strides", "bad": 5, "good": (1, 1)}
ACCEPT = [[("conv2d", "strides", (1, 1)), ("conv2d_1", "strides", (1, 1)), ("conv2d_2", "strides", (1, 1))]]
LOSS = "categorical_crossentropy"

rows, cols = 28, 28


def build():
    lenet = keras.Sequential()
    lenet.add(Convolution2D(6, 5, 5, input_shape=(rows, cols, 1), padding="same"))
    lenet.add(Activation("relu"))
    lenet.add(MaxPooling2D(pool_size=(2, 2)))
    lenet.add(Convolution2D(16, 5, 5, padding="same"))
    lenet.add(Activation("relu"))
    lenet.add(MaxPooling2D(pool_size=(2, 2)))
    lenet.add(Convolution2D(120, 5, 5))
    lenet.add(Activation("relu"))
    lenet.add(Dropout(0.25))
    lenet.add(Flatten())
    lenet.add(Dense(84))
    lenet.add(Activation("relu"))
    lenet.add(Dense(10))
    lenet.add(Activation("softmax"))
    return lenet


def data():
    return np.zeros((4, rows, cols, 1), "float32"), np.eye(10, dtype="float32")[[0, 3, 3, 9]]
