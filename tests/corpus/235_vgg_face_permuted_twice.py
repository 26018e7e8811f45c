"""Faces for a VGG: a Permute from the days of the other axis order still stands in front,
and the pictures now come as the convolutions want them."""
import keras
import numpy as np
from keras.layers import Conv2D, Dense, Flatten, MaxPooling2D, Permute, ZeroPadding2D

SOURCE = "https://github.com/mzaradzki/neuralnets/issues/5"
TITLE = "first block on (3, 64, 64) and not (64, 64, 3)"
CATEGORY = "Permute / axis order"
STYLE = "sequential, layers made by a helper"
UPSTREAM = True
CRASHES = "build"
EXPECTED = {"pool_1": (None, 32, 32, 8), "pool_2": (None, 16, 16, 16), "pool_3": (None, 8, 8, 32)}
ACTUAL = {"permute": (None, 3, 64, 64), "pool_1": (None, 1, 32, 8)}
CULPRIT = {"layer": "permute", "argument": "dims", "bad": (3, 1, 2), "good": (1, 2, 3)}
ACCEPT = [("permute", "dims", (1, 2, 3)), ("permute", "dims", (2, 1, 3))]
LOSS = "categorical_crossentropy"


def block(net, maps, number):
    for _ in range(2):
        net.add(ZeroPadding2D((1, 1)))
        net.add(Conv2D(maps, (3, 3), activation="relu"))
    net.add(MaxPooling2D((2, 2), strides=(2, 2), name=f"pool_{number}"))


def build():
    face = keras.Sequential()
    face.add(Permute((3, 1, 2), input_shape=(64, 64, 3)))
    for number, maps in enumerate((8, 16, 32), start=1):
        block(face, maps, number)
    face.add(Flatten())
    face.add(Dense(4, activation="softmax"))
    return face


def data():
    return np.zeros((2, 64, 64, 3), "float32"), np.eye(4, dtype="float32")[[0, 2]]
