"""An unpadded convolution takes one row and one column from the late map, and it cannot be laid beside the early one.
A ring of zeros gives two back: one side is enough."""
import numpy as np
import keras
from keras.layers import Concatenate, Conv2D, MaxPooling2D, UpSampling2D, ZeroPadding2D

SOURCE = "https://github.com/keras-team/keras/issues/7436"
TITLE = "concatenation misses by one pixel, ZeroPadding2D pads both sides"
CATEGORY = "padding (ZeroPadding)"
STYLE = "functional"
UPSTREAM = True
CRASHES = "build"
EXPECTED = {"ring": (None, 30, 30, 16), "beside": (None, 30, 30, 32)}
ACTUAL = {"narrow": (None, 29, 29, 16), "ring": (None, 31, 31, 16)}
CULPRIT = dict(layer="ring", argument="padding", bad=(1, 1), good=((0, 1), (0, 1)))
ACCEPT = [("ring", "padding", ((0, 1), (0, 1))), ("ring", "padding", ((1, 0), (1, 0))),
          ("narrow", "kernel_size", (3, 3)), ("narrow", "kernel_size", 3)]
LOSS = "binary_crossentropy"


def build():
    plate = keras.Input((30, 30, 3))
    early = Conv2D(16, (3, 3), padding="same", activation="relu")(plate)
    h = MaxPooling2D((2, 2))(early)
    h = Conv2D(32, (3, 3), padding="same", activation="relu")(h)
    h = UpSampling2D((2, 2))(h)
    h = Conv2D(16, (2, 2), padding="valid", activation="relu", name="narrow")(h)
    h = ZeroPadding2D(padding=(1, 1), name="ring")(h)
    h = Concatenate(name="beside")([early, h])
    return keras.Model(plate, Conv2D(1, (1, 1), activation="sigmoid")(h))


def data():
    return np.zeros((1, 30, 30, 3), "float32"), np.zeros((1, 30, 30, 1), "float32")
