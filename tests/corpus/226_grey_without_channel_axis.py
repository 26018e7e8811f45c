"""Grey pictures are plain tables of 28x28, so that is what was declared; a convolution wants
the one channel said."""
import keras
import numpy as np
from keras import layers

SOURCE = "https://devsolus.com/why-do-we-reshape-grayscale-image-to-xy1/ (after a StackOverflow question)"
TITLE = "conv2d expects min_ndim=4, found ndim=3"
CATEGORY = "Input shape"
STYLE = "functional"
UPSTREAM = True
CRASHES = "build"
EXPECTED = {"conv2d": (None, 26, 26, 32)}
ACTUAL = {"input_layer": (None, 28, 28)}
CULPRIT = {"layer": "input_layer", "argument": "shape", "bad": (28, 28), "good": (28, 28, 1)}
ACCEPT = [("input_layer", "shape", (28, 28, 1))]
LOSS = "sparse_categorical_crossentropy"


def build():
    garment = keras.Input(shape=(28, 28))
    x = layers.Rescaling(1 / 255)(garment)
    x = layers.Conv2D(32, 3, activation="relu")(x)
    x = layers.MaxPooling2D()(x)
    x = layers.Flatten()(x)
    return keras.Model(garment, layers.Dense(10, activation="softmax")(x))


def data():
    return np.zeros((3, 28, 28), "float32"), np.array([9, 2, 1])
