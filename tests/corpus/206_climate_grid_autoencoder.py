"""The same autoencoder on a 73x144 climate grid.  73 rounds up three times and the unpadded
convolution takes four off again: no single argument brings both sides back."""
import keras
import numpy as np
from keras.layers import Conv2D, Input, MaxPooling2D, UpSampling2D

SOURCE = "https://github.com/keras-team/keras/issues/4036"
TITLE = "73x144 comes back as 76x140"
CATEGORY = "no single-argument repair"
STYLE = "functional"
UPSTREAM = True
CRASHES = "fit"
REPAIRABLE = False
EXPECTED = {"conv2d_6": (None, 73, 144, 1)}
ACTUAL = {"max_pooling2d_2": (None, 10, 18, 6), "conv2d_6": (None, 76, 140, 1)}
CULPRIT = {"layer": "max_pooling2d", "argument": None, "bad": None, "good": None}
ACCEPT = []
LOSS = "binary_crossentropy"
NOTE = "73 must become even before the first pooling (pad to 80 rows, or crop to 72) and conv2d_5 needs 'same'"


def down(x, maps):
    x = Conv2D(maps, (3, 3), activation="relu", padding="same")(x)
    return MaxPooling2D((2, 2), padding="same")(x)


def build():
    grid = Input((73, 144, 1))
    x = grid
    for maps in (16, 12, 6):
        x = down(x, maps)
    x = Conv2D(6, (3, 3), activation="relu", padding="same")(x)
    x = UpSampling2D((2, 2))(x)
    x = Conv2D(12, (3, 3), activation="relu", padding="same")(x)
    x = UpSampling2D((2, 2))(x)
    x = Conv2D(16, (3, 3), activation="relu")(x)
    x = UpSampling2D((2, 2))(x)
    return keras.Model(grid, Conv2D(1, (3, 3), activation="sigmoid", padding="same")(x))


def data():
    grids = np.zeros((2, 73, 144, 1), "float32")
    return grids, grids
