"""Samples of 3 rows and 2 columns, and an answer for each of the rows where one for the sample was wanted."""
import numpy as np
import keras
from keras.layers import Activation, Dense

SOURCE = "https://openillumi.com/?p=88628"
TITLE = "what the flatten layer is there for: (3, 4) instead of (4,)"
CATEGORY = "missing layer"
STYLE = "sequential, add"
UPSTREAM = True
CRASHES = "fit"
EXPECTED = {"answer": (None, 4)}
ACTUAL = {"dense": (None, 3, 16), "answer": (None, 3, 4)}
CULPRIT = dict(layer="answer", argument="insert_before", bad=None, good="Flatten")
ACCEPT = [(layer, "insert_before", kind) for layer in ("answer", "activation", "dense")
          for kind in ("Flatten", "GlobalAveragePooling1D", "GlobalMaxPooling1D")]
LOSS = "mean_squared_error"


def build():
    net = keras.Sequential()
    net.add(Dense(16, input_shape=(3, 2)))
    net.add(Activation("relu"))
    net.add(Dense(4, name="answer"))
    return net


def data():
    return np.zeros((5, 3, 2), "float32"), np.zeros((5, 4), "float32")
