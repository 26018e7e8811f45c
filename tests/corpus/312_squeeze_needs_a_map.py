"""Squeeze-and-excitation with 1x1 convolutions in place of dense layers: they want a 1x1 map, not a row."""
import numpy as np
import keras
from keras import layers

SOURCE = "https://github.com/nikhilroxtomar/Attention-Mechanism-Implementation/issues/2"
TITLE = "keepdims is missing in the squeeze of a squeeze-and-excitation block"
CATEGORY = "keepdims"
STYLE = "functional, block in a function"
UPSTREAM = True
CRASHES = "build"
EXPECTED = {"squeeze": (None, 1, 1, 32), "scaled": (None, 24, 24, 32)}
ACTUAL = {"squeeze": (None, 32)}
CULPRIT = dict(layer="squeeze", argument="keepdims", bad=False, good=True)
ACCEPT = [("squeeze", "keepdims", True)]


def excite(maps, ratio=8):
    depth = maps.shape[-1]
    weight = layers.GlobalAveragePooling2D(name="squeeze")(maps)
    weight = layers.Conv2D(depth // ratio, 1, activation="relu", use_bias=False)(weight)
    weight = layers.Conv2D(depth, 1, activation="sigmoid", use_bias=False)(weight)
    return layers.Multiply(name="scaled")([maps, weight])


def build():
    scan = keras.Input((24, 24, 1))
    h = layers.Conv2D(32, 3, padding="same", activation="relu")(scan)
    h = excite(h)
    return keras.Model(scan, layers.Conv2D(1, 1, activation="sigmoid")(h))


def data():
    return np.zeros((2, 24, 24, 1), "float32"), np.zeros((2, 24, 24, 1), "float32")
