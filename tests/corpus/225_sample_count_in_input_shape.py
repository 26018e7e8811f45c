"""House numbers: the shape of the whole training array was given as the shape of a picture."""
import keras
import numpy as np
from keras.layers import Conv2D, Dense, Flatten, MaxPooling2D

SOURCE = "http://www.kouhan.cn/en/article/00042451 (after StackOverflow: 'expected ndim=4, found ndim=5')"
TITLE = "conv2d expects ndim=4 and finds ndim=5"
CATEGORY = "input_shape"
STYLE = "sequential"
UPSTREAM = False
CRASHES = "build"
EXPECTED = {"conv2d": (None, 30, 30, 16)}
CULPRIT = {"layer": "conv2d", "argument": "input_shape", "bad": (26721, 32, 32, 1), "good": (32, 32, 1)}
ACCEPT = [("conv2d", "input_shape", (32, 32, 1))]
LOSS = "sparse_categorical_crossentropy"

train_shape = (26721, 32, 32, 1)


def build():
    numbers = keras.Sequential()
    numbers.add(Conv2D(16, (3, 3), activation="relu", input_shape=train_shape))
    numbers.add(MaxPooling2D((2, 2)))
    numbers.add(Flatten())
    numbers.add(Dense(10, activation="softmax"))
    return numbers


def data():
    return np.zeros((4, *train_shape[1:]), "float32"), np.array([1, 9, 0, 2])
