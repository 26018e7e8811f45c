"""Yes or no as one column under binary crossentropy, and two units at the end."""
import numpy as np
import keras
from keras.layers import Conv1D, Dense, GlobalMaxPooling1D, Embedding, Input

SOURCE = "https://github.com/keras-team/keras/issues/7339"
TITLE = "expected dense to have shape (2,), got (1,)"
CATEGORY = "units"
STYLE = "functional"
UPSTREAM = False
CRASHES = "fit"
EXPECTED = {"verdict": (None, 1)}
ACTUAL = {"verdict": (None, 2)}
CULPRIT = dict(layer="verdict", argument="units", bad=2, good=1)
ACCEPT = [("verdict", "units", 1)]
LOSS = "binary_crossentropy"


def build():
    letter = Input((40,), dtype="int32")
    h = Conv1D(32, 5, activation="relu")(Embedding(300, 16)(letter))
    h = Dense(16, activation="relu")(GlobalMaxPooling1D()(h))
    return keras.Model(letter, Dense(2, activation="sigmoid", name="verdict")(h))


def data():
    return np.zeros((8, 40), "int32"), np.zeros((8,), "float32")
