"""A small VGG, channels first throughout, zero padding written out before each convolution."""

import keras
import numpy as np
from keras.layers import Conv2D, Dense, Flatten, MaxPooling2D, ZeroPadding2D

TITLE = "VGG, channels first"
NOTES = "data_format on every layer that has one"
LOSS = "categorical_crossentropy"

FIRST = "channels_first"


def build():
    net = keras.Sequential([keras.Input((3, 32, 32))])
    for maps in (8, 16):
        for _ in range(2):
            net.add(ZeroPadding2D((1, 1), data_format=FIRST))
            net.add(Conv2D(maps, (3, 3), activation="relu", data_format=FIRST))
        net.add(MaxPooling2D((2, 2), strides=(2, 2), data_format=FIRST))
    net.add(Flatten(data_format=FIRST))
    net.add(Dense(5, activation="softmax"))
    return net


def data():
    return np.zeros((2, 3, 32, 32), "float32"), np.eye(5, dtype="float32")[[4, 0]]


EXPECTED = {
    "zero_padding2d": (None, 3, 34, 34),
    "conv2d": (None, 8, 32, 32),
    "zero_padding2d_1": (None, 8, 34, 34),
    "conv2d_1": (None, 8, 32, 32),
    "max_pooling2d": (None, 8, 16, 16),
    "zero_padding2d_2": (None, 8, 18, 18),
    "conv2d_2": (None, 16, 16, 16),
    "zero_padding2d_3": (None, 16, 18, 18),
    "conv2d_3": (None, 16, 16, 16),
    "max_pooling2d_1": (None, 16, 8, 8),
    "flatten": (None, 1024),
    "dense": (None, 5),
}
