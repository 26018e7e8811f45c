"""Channels first throughout, but the ways are joined on the last axis."""
import numpy as np
import keras
from keras import layers

SOURCE = "https://github.com/pietz/unet-keras/issues/1"
TITLE = "Concatenate of (3, 64, 64) and (16, 64, 64)"
CATEGORY = "axis (Concatenate)"
STYLE = "functional, recursive helper"
UPSTREAM = False
CRASHES = "build"
EXPECTED = {"join_0": (None, 19, 64, 64)}
ACTUAL = {}
CULPRIT = dict(layer="join_0", argument="axis", bad=-1, good=1)
ACCEPT = [[("join_0", "axis", 1), ("join_1", "axis", 1)]]
LOSS = "binary_crossentropy"
FIT_AFTER = False       # convolutions of channels first do not run on a CPU with TensorFlow

ORDER = "channels_first"


def block(x, maps, number):
    h = layers.Conv2D(maps, 3, padding="same", activation="relu", data_format=ORDER)(x)
    h = layers.Conv2D(maps, 3, padding="same", activation="relu", data_format=ORDER)(h)
    return layers.Concatenate(name=f"join_{number}")([x, h])


def build():
    scan = layers.Input((3, 64, 64))
    h = block(scan, 16, 0)
    h = layers.MaxPooling2D(data_format=ORDER)(h)
    h = block(h, 32, 1)
    return keras.Model(scan, layers.Conv2D(1, 1, activation="sigmoid", data_format=ORDER)(h))


def data():
    return np.zeros((1, 3, 64, 64), "float32"), np.zeros((1, 1, 32, 32), "float32")
