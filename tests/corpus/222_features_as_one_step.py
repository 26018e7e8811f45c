"""Twenty features of a connection in front of a Conv1D: declared as one step of twenty
channels, so that a window of three does not fit."""
import keras
import numpy as np
from keras.layers import Activation, Conv1D, Dense, Dropout, Flatten, MaxPooling1D

SOURCE = "https://github.com/keras-team/keras/issues/3915"
TITLE = "Conv1D over input_shape=(1, 20): negative dimensions"
CATEGORY = "input_shape"
STYLE = "sequential"
UPSTREAM = False
CRASHES = "build"
EXPECTED = {"conv1d": (None, 18, 64)}
CULPRIT = {"layer": "conv1d", "argument": "input_shape", "bad": (1, 20), "good": (20, 1)}
ACCEPT = [("conv1d", "input_shape", (20, 1))]
LOSS = "categorical_crossentropy"
FIT_AFTER = False       # the author reshaped the table to (samples, 1, 20) as well

features = 20


def build():
    traffic = keras.Sequential()
    traffic.add(Conv1D(filters=64, kernel_size=3, padding="valid", activation="relu", input_shape=(1, features)))
    traffic.add(MaxPooling1D(pool_size=10))
    traffic.add(Flatten())
    traffic.add(Dense(5))
    traffic.add(Dropout(0.2))
    traffic.add(Activation("relu"))
    traffic.add(Dense(5))
    traffic.add(Activation("softmax"))
    return traffic


def data():
    table = np.zeros((4, features), "float32")
    return table.reshape(4, 1, features), np.eye(5, dtype="float32")[[0, 1, 2, 4]]
