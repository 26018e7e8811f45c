"""An autoencoder of 27x39 pictures whose decoder says everywhere how the odd sizes come back:
27, 14, 7 and 39, 20, 10."""

import keras
import numpy as np
from keras.layers import Conv2D, Conv2DTranspose

TITLE = "autoencoder with output_padding per axis"
NOTES = "output_padding=(1, 1), then (0, 0)"
LOSS = "mse"


def build():
    picture = keras.Input((27, 39, 1))
    x = Conv2D(8, 3, strides=2, padding="same", activation="relu")(picture)
    x = Conv2D(16, 3, strides=2, padding="same", activation="relu")(x)
    x = Conv2DTranspose(8, 3, strides=2, padding="same", output_padding=(1, 1), activation="relu")(x)
    x = Conv2DTranspose(1, 3, strides=2, padding="same", output_padding=(0, 0))(x)
    return keras.Model(picture, x)


def data():
    pictures = np.zeros((3, 27, 39, 1), "float32")
    return pictures, pictures


EXPECTED = {
    "input_layer": (None, 27, 39, 1),
    "conv2d": (None, 14, 20, 8),
    "conv2d_1": (None, 7, 10, 16),
    "conv2d_transpose": (None, 14, 20, 8),
    "conv2d_transpose_1": (None, 27, 39, 1),
}
