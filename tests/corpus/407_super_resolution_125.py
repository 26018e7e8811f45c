"""Pictures four times as large: two transposed convolutions whose borders were spelt out give 63 and 125."""
import numpy as np
import keras
from keras import layers

SOURCE = "https://github.com/titu1994/Super-Resolution-using-Generative-Adversarial-Networks/issues/3"
TITLE = "(125, 125, 3) where (128, 128, 3) was wanted"
CATEGORY = "output_padding"
STYLE = "functional, a helper"
UPSTREAM = True
CRASHES = "fit"
EXPECTED = {"grow_1": (None, 64, 64, 8), "sharp": (None, 128, 128, 3)}
ACTUAL = {"grow_1": (None, 63, 63, 8), "grow_2": (None, 125, 125, 8), "sharp": (None, 125, 125, 3)}
CULPRIT = dict(layer="grow_1", argument="output_padding", bad=0, good=1)
ACCEPT = [[("grow_1", "output_padding", 1), ("grow_2", "output_padding", 1)],
          [("grow_1", "output_padding", None), ("grow_2", "output_padding", None)]]
LOSS = "mse"


def residual(x):
    h = layers.Conv2D(8, 3, padding="same", activation="relu")(x)
    return layers.Add()([x, layers.Conv2D(8, 3, padding="same")(h)])


def build():
    small = layers.Input((32, 32, 3))
    h = layers.Conv2D(8, 9, padding="same", activation="relu")(small)
    for _ in range(2):
        h = residual(h)
    h = layers.Conv2DTranspose(8, 3, strides=2, padding="same", output_padding=0, activation="relu", name="grow_1")(h)
    h = layers.Conv2DTranspose(8, 3, strides=2, padding="same", output_padding=0, activation="relu", name="grow_2")(h)
    return keras.Model(small, layers.Conv2D(3, 9, padding="same", activation="tanh", name="sharp")(h))


def data():
    return np.zeros((2, 32, 32, 3), "float32"), np.zeros((2, 128, 128, 3), "float32")
