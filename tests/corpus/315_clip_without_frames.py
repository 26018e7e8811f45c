"""Each frame of a clip goes through the same convolution; the number of frames was left out of the shape."""
import numpy as np
from keras.layers import GRU, Activation, Conv2D, Dense, Dropout, Flatten, MaxPooling2D, TimeDistributed
from keras.models import Sequential

SOURCE = "https://github.com/keras-team/keras/issues/2649"
TITLE = "TimeDistributed(Convolution2D) with batch_input_shape (2710, 3, 32, 32)"
CATEGORY = "input_shape"
STYLE = "sequential, wrapper"
UPSTREAM = False
CRASHES = "build"
EXPECTED = {"time_distributed": (None, 12, 29, 29, 8), "gru": (None, 12, 100)}
CULPRIT = dict(layer="time_distributed", argument="input_shape", bad=(32, 32, 3), good=(12, 32, 32, 3))
ACCEPT = [("time_distributed", "input_shape", (12, 32, 32, 3))]
ALIASES = {"time_distributed": ["conv2d"]}


def build():
    clip = Sequential()
    clip.add(TimeDistributed(Conv2D(8, (4, 4)), input_shape=(32, 32, 3)))
    clip.add(TimeDistributed(MaxPooling2D((2, 2))))
    clip.add(Activation("relu"))
    clip.add(TimeDistributed(Conv2D(8, (3, 3), activation="relu")))
    clip.add(TimeDistributed(Flatten()))
    clip.add(GRU(100, return_sequences=True))
    clip.add(GRU(50))
    clip.add(Dropout(0.2))
    clip.add(Dense(1))
    return clip


def data():
    return np.zeros((2, 12, 32, 32, 3), "float32"), np.zeros((2, 1), "float32")
