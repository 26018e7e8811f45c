"""Theano-order pictures, half ported: the first convolution was rewritten for Keras 2, the
other two were not.  The vector behind Flatten has 256 numbers; the tutorial has 17x17 maps."""
import keras
import numpy as np
from keras.layers import Activation, Conv2D, Dense, Dropout, Flatten, MaxPooling2D

SOURCE = "https://github.com/keras-team/keras/issues/8088"
TITLE = "two of three convolutions still in the Keras 1 form, channels first"
CATEGORY = "strides (Keras 1 positional)"
STYLE = "sequential, channels first by the global setting"
UPSTREAM = True
CRASHES = None
EXPECTED = {"max_pooling2d_1": (None, 32, 36, 36), "max_pooling2d_2": (None, 64, 17, 17)}
ACTUAL = {"max_pooling2d": (None, 32, 74, 74), "max_pooling2d_2": (None, 64, 2, 2), "flatten": (None, 256)}
CULPRIT = {"layer": "conv2d_1", "argument": "strides", "bad": 3, "good": (1, 1)}
ACCEPT = [[("conv2d_1", "strides", (1, 1)), ("conv2d_2", "strides", (1, 1))]]
LOSS = "binary_crossentropy"

side = 150


def build():
    before = keras.config.image_data_format()
    keras.config.set_image_data_format("channels_first")
    try:
        pets = keras.Sequential()
        pets.add(Conv2D(32, (3, 3), activation="relu", input_shape=(3, side, side)))
        pets.add(MaxPooling2D(pool_size=(2, 2)))

        pets.add(Conv2D(32, 3, 3))
        pets.add(Activation("relu"))
        pets.add(MaxPooling2D(pool_size=(2, 2)))

        pets.add(Conv2D(64, 3, 3))
        pets.add(Activation("relu"))
        pets.add(MaxPooling2D(pool_size=(2, 2)))

        pets.add(Flatten())
        pets.add(Dense(64, activation="relu"))
        pets.add(Dropout(0.5))
        pets.add(Dense(1, activation="sigmoid"))
    finally:
        keras.config.set_image_data_format(before)
    return pets


def data():
    return np.zeros((2, 3, side, side), "float32"), np.array([[0.0], [1.0]], "float32")
