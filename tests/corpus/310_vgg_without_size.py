"""The body of VGG16 takes pictures of any size, so flattening its map gives a row of unknown length."""
import numpy as np
import keras
from keras.layers import Dense, Dropout, Flatten

SOURCE = "https://github.com/keras-team/keras/issues/5257"
TITLE = "the input of Flatten is (None, None, 512)"
CATEGORY = "input_shape (applications)"
STYLE = "functional, continues base.output"
UPSTREAM = True
CRASHES = "build"
EXPECTED = {"first": (None, 100), "steering": (None, 1)}
CULPRIT = dict(layer="vgg16", argument="input_shape", bad=None, good=(64, 64, 3))
ACCEPT = [("vgg16", "input_shape", (64, 64, 3)), ("vgg16", "pooling", "avg"), ("vgg16", "pooling", "max"),
          ("flatten", "insert_before", "GlobalAveragePooling2D"), ("flatten", "insert_before", "GlobalMaxPooling2D")]


def build():
    road = keras.applications.VGG16(weights=None, include_top=False)
    h = Flatten(name="flatten")(road.output)
    h = Dropout(0.2)(Dense(100, activation="relu", name="first")(h))
    h = Dropout(0.2)(Dense(50, activation="relu")(h))
    return keras.Model(road.input, Dense(1, activation="linear", name="steering")(h))


def data():
    return np.zeros((1, 64, 64, 3), "float32"), np.zeros((1, 1), "float32")
