"""`input_shape` was copied from `x.shape`, the number of samples with it."""
import numpy as np
import keras
from keras.layers import ConvLSTM2D, Dense, Flatten

SOURCE = "https://github.com/keras-team/keras/issues/10235"
TITLE = "ConvLSTM2D: expected ndim=5, found ndim=6"
CATEGORY = "input_shape"
STYLE = "sequential, add"
UPSTREAM = False
CRASHES = "build"
EXPECTED = {"conv_lstm2d": (None, 16, 16, 8)}
ACTUAL = {}
CULPRIT = dict(layer="conv_lstm2d", argument="input_shape", bad=(20, 7, 16, 16, 3), good=(7, 16, 16, 3))
ACCEPT = [("conv_lstm2d", "input_shape", (7, 16, 16, 3)), ("conv_lstm2d", "input_shape", (None, 16, 16, 3))]
LOSS = "mse"


def build():
    x_train = np.zeros((20, 7, 16, 16, 3), "float32")
    storms = keras.Sequential()
    storms.add(ConvLSTM2D(8, kernel_size=(3, 3), padding="same", input_shape=x_train.shape, return_sequences=False))
    storms.add(Flatten())
    storms.add(Dense(1))
    return storms


def data():
    return np.zeros((20, 7, 16, 16, 3), "float32"), np.zeros((20, 1), "float32")
