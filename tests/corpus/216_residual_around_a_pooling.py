"""Darknet-like blocks joined by Add.  The block that is jumped over halves the picture too,
so its end is 56x56 and the jump 112x112."""
import keras
import numpy as np
from keras.layers import (
    Add,
    BatchNormalization,
    Conv2D,
    Dense,
    GlobalAveragePooling2D,
    Input,
    LeakyReLU,
    MaxPool2D,
)

SOURCE = "https://github.com/keras-team/keras/issues/16925"
TITLE = "operands (56, 56, 32) and (112, 112, 32) cannot be added"
CATEGORY = "strides (residual)"
STYLE = "functional"
UPSTREAM = True
CRASHES = "build"
EXPECTED = {"block_2": (None, 56, 56, 16)}
ACTUAL = {"block_1": (None, 56, 56, 16), "max_pooling2d": (None, 28, 28, 16)}
CULPRIT = {"layer": "max_pooling2d", "argument": "strides", "bad": None, "good": 1}
ACCEPT = [("max_pooling2d", "strides", (1, 1)), ("max_pooling2d", "strides", 1), ("max_pooling2d", "pool_size", (1, 1))]
LOSS = "mse"


def build():
    photo = Input((112, 112, 3))
    x = Conv2D(16, (3, 3), padding="same", name="conv_1")(photo)
    x = LeakyReLU(0.1)(x)
    x = BatchNormalization()(x)
    first = MaxPool2D((2, 2), padding="same", name="block_1")(x)

    x = Conv2D(16, (3, 3), padding="same", name="conv_2")(first)
    x = LeakyReLU(0.1)(x)
    x = BatchNormalization()(x)
    x = MaxPool2D((2, 2), padding="same")(x)
    second = Add(name="block_2")([x, first])

    x = Conv2D(32, (3, 3), padding="same", name="conv_3")(second)
    x = LeakyReLU(0.1)(x)
    return keras.Model(photo, Dense(4)(GlobalAveragePooling2D()(x)))


def data():
    return np.zeros((2, 112, 112, 3), "float32"), np.zeros((2, 4), "float32")
