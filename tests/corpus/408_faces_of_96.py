"""Faces of 96 pixels: the last enlarging was left at the factor for smaller ones."""
import numpy as np
import keras
from keras.layers import Activation, BatchNormalization, Conv2D, Dense, Input, Reshape, UpSampling2D

SOURCE = "https://github.com/jeffheaton/t81_558_deep_learning/issues/30"
TITLE = "the generator gives (64, 64, 3), the discriminator takes (96, 96, 3)"
CATEGORY = "size (UpSampling)"
STYLE = "sequential, in a function"
UPSTREAM = True
CRASHES = "fit"
EXPECTED = {"face": (None, 96, 96, 3)}
ACTUAL = {"up_sampling2d_2": (None, 32, 32, 8), "face": (None, 64, 64, 3)}
CULPRIT = dict(layer="up_sampling2d_3", argument="size", bad=(2, 2), good=(3, 3))
ACCEPT = [(f"up_sampling2d{tail}", "size", 3) for tail in ("_3", "_2", "_1", "")]
LOSS = "mse"


def generator(seed, channels):
    faces = keras.Sequential()
    faces.add(Input((seed,)))
    faces.add(Dense(4 * 4 * 8, activation="relu"))
    faces.add(Reshape((4, 4, 8)))
    for _ in range(3):
        faces.add(UpSampling2D())
        faces.add(Conv2D(8, kernel_size=3, padding="same"))
        faces.add(BatchNormalization(momentum=0.8))
        faces.add(Activation("relu"))
    faces.add(UpSampling2D(size=(2, 2)))
    faces.add(Conv2D(8, kernel_size=3, padding="same"))
    faces.add(Activation("relu"))
    faces.add(Conv2D(channels, kernel_size=3, padding="same", activation="tanh", name="face"))
    return faces


def build():
    return generator(100, 3)


def data():
    return np.zeros((2, 100), "float32"), np.zeros((2, 96, 96, 3), "float32")
