"""An autoencoder that is right for squares: of 78 columns 39 and 20 are left, and 40 and 80 come back."""
import numpy as np
import keras
from keras import layers

SOURCE = "https://github.com/keras-team/keras/issues/13135 (the variational part left out)"
TITLE = "64 x 78 in, 64 x 80 out"
CATEGORY = "output_padding"
STYLE = "functional"
UPSTREAM = True
CRASHES = "fit"
EXPECTED = {"picture": (None, 64, 78, 1)}
ACTUAL = {"up": (None, 32, 40, 16), "picture": (None, 64, 80, 1)}
CULPRIT = dict(layer="up", argument="output_padding", bad=None, good=(1, 0))
ACCEPT = [("up", "output_padding", (1, 0))]


def build():
    face = keras.Input((64, 78, 1))
    x = layers.Conv2D(16, 3, strides=2, padding="same", activation="relu")(face)
    x = layers.Conv2D(8, 3, strides=2, padding="same", activation="relu")(x)
    rows, columns, maps = x.shape[1:]
    code = layers.Dense(12)(layers.Flatten()(x))
    x = layers.Dense(rows * columns * maps, activation="relu")(code)
    x = layers.Reshape((rows, columns, maps))(x)
    x = layers.Conv2DTranspose(16, 3, strides=2, padding="same", activation="relu", name="up")(x)
    again = layers.Conv2DTranspose(1, 3, strides=2, padding="same", activation="sigmoid", name="picture")(x)
    return keras.Model(face, again)


def data():
    x = np.zeros((2, 64, 78, 1), "float32")
    return x, x
