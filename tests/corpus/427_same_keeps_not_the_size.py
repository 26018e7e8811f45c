"""Poolings with `same` borders, in the belief that they leave the size as it is."""
import numpy as np
import keras
from keras.layers import Conv1D, Dense, Input, MaxPooling1D

SOURCE = "https://github.com/keras-team/keras/issues/5448"
TITLE = "pooling with same borders still changes the size"
CATEGORY = "pooling strides"
STYLE = "sequential, add"
UPSTREAM = True
CRASHES = "fit"
EXPECTED = {"smooth": (None, 60, 8), "level": (None, 60, 1)}
ACTUAL = {"smooth": (None, 30, 8), "level": (None, 30, 1)}
CULPRIT = dict(layer="smooth", argument="strides", bad=None, good=1)
ACCEPT = [("smooth", "strides", 1), ("smooth", "pool_size", 1)]
LOSS = "mse"


def build():
    tide = keras.Sequential([Input((60, 2))])
    tide.add(Conv1D(8, 5, padding="same", activation="relu"))
    tide.add(MaxPooling1D(2, padding="same", name="smooth"))
    tide.add(Conv1D(8, 3, padding="same", activation="relu"))
    tide.add(Dense(1, name="level"))
    return tide


def data():
    return np.zeros((4, 60, 2), "float32"), np.zeros((4, 60, 1), "float32")
