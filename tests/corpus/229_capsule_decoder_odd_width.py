"""Lines of handwriting, 28 pixels high and 57 wide: the height comes back from the decoder,
the width does not."""
import keras
import numpy as np
from keras import layers

SOURCE = "https://github.com/keras-team/keras/issues/12719"
TITLE = "decoder gives 28x60 for a line of 28x57"
CATEGORY = "output_padding"
STYLE = "functional"
UPSTREAM = True
CRASHES = "fit"
EXPECTED = {"decoder_1": (None, 14, 29, 4), "decoder_2": (None, 28, 57, 8), "again": (None, 28, 57, 1)}
ACTUAL = {"caps_2": (None, 7, 15, 16), "decoder_1": (None, 14, 30, 4), "again": (None, 28, 60, 1)}
CULPRIT = {"layer": "decoder_1", "argument": "output_padding", "bad": None, "good": (1, 0)}
ACCEPT = [[("decoder_1", "output_padding", (1, 0)), ("decoder_2", "output_padding", (1, 0))]]
LOSS = "mse"


def build():
    line = layers.Input((28, 57, 1))
    caps = layers.Conv2D(16, 5, strides=2, padding="same", activation="relu", name="caps_1")(line)
    caps = layers.Conv2D(16, 5, strides=2, padding="same", activation="relu", name="caps_2")(caps)
    back = layers.Conv2DTranspose(4, (5, 5), strides=(2, 2), padding="same", activation="relu", name="decoder_1")(caps)
    back = layers.Conv2DTranspose(8, (5, 5), strides=(2, 2), padding="same", activation="relu", name="decoder_2")(back)
    return keras.Model(line, layers.Conv2D(1, 1, activation="sigmoid", name="again")(back))


def data():
    lines = np.zeros((2, 28, 57, 1), "float32")
    return lines, lines
