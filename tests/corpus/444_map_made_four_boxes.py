"""Four boxes of ten numbers are to come out of a map of 13 x 13 x 16 by reshaping alone: a dense layer is missing."""
import numpy as np
import keras
from keras.layers import Conv2D, Input, MaxPooling2D, Reshape

SOURCE = "https://openillumi.com/?p=67236"
TITLE = "(13, 13, 1024) cannot be reshaped to (4, 10)"
CATEGORY = "no single-argument repair"
STYLE = "functional, a loop"
UPSTREAM = True
CRASHES = "build"
REPAIRABLE = False
EXPECTED = {"boxes": (None, 4, 10)}
ACTUAL = {}
CULPRIT = dict(layer="boxes", argument=None, bad=None, good=None)
ACCEPT = []
LOSS = "mse"


def build():
    street = Input((104, 104, 3))
    h = street
    for maps in (8, 16, 16):
        h = MaxPooling2D()(Conv2D(maps, 3, padding="same", activation="relu")(h))
    return keras.Model(street, Reshape((4, 10), name="boxes")(h))


def data():
    return np.zeros((2, 104, 104, 3), "float32"), np.zeros((2, 4, 10), "float32")
