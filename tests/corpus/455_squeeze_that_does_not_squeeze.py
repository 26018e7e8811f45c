"""A squeeze-and-excitation block in which the first dense layer takes the map, not its mean: everything fits,
nothing is squeezed."""
import numpy as np
import keras
from keras import layers

SOURCE = "https://github.com/KichangKim/DeepDanbooru/issues/55"
TITLE = "`s` is overwritten, the layers work on `x`"
CATEGORY = "missing layer (GlobalAveragePooling2D)"
STYLE = "functional, helper"
UPSTREAM = True
CRASHES = None
EXPECTED = {"squeeze": (None, 4), "excite": (None, 32)}
ACTUAL = {"squeeze": (None, 16, 16, 4), "excite": (None, 16, 16, 32)}
CULPRIT = dict(layer="squeeze", argument="insert_before", bad=None, good="GlobalAveragePooling2D")
ACCEPT = [("squeeze", "insert_before", "GlobalAveragePooling2D"), ("squeeze", "insert_before", "GlobalMaxPooling2D")]
LOSS = "binary_crossentropy"


def excited(x, filters, reduction):
    s = x
    s = layers.GlobalAveragePooling2D()(s)
    s = layers.Dense(filters // reduction, activation="relu", name="squeeze")(x)
    s = layers.Dense(filters, activation="sigmoid", name="excite")(s)
    return layers.Multiply()([x, s])


def build():
    drawing = keras.Input((32, 32, 3))
    x = layers.Conv2D(32, 3, strides=2, padding="same", activation="relu")(drawing)
    x = excited(x, 32, 8)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(drawing, layers.Dense(5, activation="sigmoid")(x))


def data():
    return np.zeros((2, 32, 32, 3), "float32"), np.zeros((2, 5), "float32")
