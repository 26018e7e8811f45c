"""A text line is read column by column: rows and columns change places before the recurrent layer. The example in the
manual has two axes, a feature map has three."""
import numpy as np
from keras import Sequential
from keras.layers import GRU, Conv2D, Dense, Flatten, Input, MaxPooling2D, Permute, TimeDistributed

SOURCE = "https://github.com/keras-team/keras/issues/3507 and https://github.com/keras-team/keras/issues/7962"
TITLE = "permute: expected ndim=3, found ndim=4"
CATEGORY = "dims (Permute)"
STYLE = "sequential"
UPSTREAM = False
CRASHES = "build"
EXPECTED = {"permute": (None, 32, 8, 16), "time_distributed": (None, 32, 128)}
ACTUAL = {"max_pooling2d": (None, 8, 32, 16)}
CULPRIT = dict(layer="permute", argument="dims", bad=(2, 1), good=(2, 1, 3))
ACCEPT = [("permute", "dims", (2, 1, 3))]
LOSS = "categorical_crossentropy"


def build():
    line = Sequential([Input((16, 64, 1))])
    line.add(Conv2D(16, 3, padding="same", activation="relu"))
    line.add(MaxPooling2D(2))
    line.add(Permute((2, 1)))
    line.add(TimeDistributed(Flatten()))
    line.add(GRU(24, return_sequences=True))
    line.add(TimeDistributed(Dense(30, activation="softmax")))
    return line


def data():
    return np.zeros((2, 16, 64, 1), "float32"), np.full((2, 32, 30), 1 / 30, "float32")
