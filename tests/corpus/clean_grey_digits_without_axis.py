"""Digits as plain (n, 28, 28) arrays into a model that declares (28, 28, 1): Keras adds the
axis itself, and the classes are counted, not one-hot."""

import keras
import numpy as np
from keras.layers import AveragePooling2D, Conv2D, Dense, Dropout, Flatten

TITLE = "rank-3 digits, integer labels"
NOTES = "data of one axis less than declared is taken by Keras"
LOSS = "sparse_categorical_crossentropy"


def build():
    net = keras.Sequential()
    net.add(Conv2D(8, (5, 5), (2, 2), input_shape=(28, 28, 1), activation="relu"))
    net.add(AveragePooling2D((3, 3), strides=1))
    net.add(Conv2D(16, 3, 2, activation="relu"))
    net.add(Dropout(0.3))
    net.add(Flatten())
    net.add(Dense(10, activation="softmax"))
    return net


def data():
    return np.zeros((7, 28, 28), "float32"), np.arange(7)


EXPECTED = {
    "conv2d": (None, 12, 12, 8),
    "average_pooling2d": (None, 10, 10, 8),
    "conv2d_1": (None, 4, 4, 16),
    "dropout": (None, 4, 4, 16),
    "flatten": (None, 256),
    "dense": (None, 10),
}
