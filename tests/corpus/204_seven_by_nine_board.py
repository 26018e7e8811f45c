"""A 7x9 board game position through four 3x3 convolutions.  The author adds layers until
the board is used up; each one should have looked at the whole board."""
import keras
import numpy as np
from keras import layers

SOURCE = "https://stackoverflow.com/questions/70781692"
TITLE = "the fourth 3x3 convolution on a 7x9 input cannot be built"
CATEGORY = "padding"
STYLE = "sequential"
UPSTREAM = True
CRASHES = "build"
EXPECTED = {"conv2d_2": (None, 7, 9, 4), "conv2d_3": (None, 7, 9, 4)}
ACTUAL = {"conv2d": (None, 5, 7, 4), "conv2d_2": (None, 1, 3, 4)}
CULPRIT = {"layer": "conv2d_3", "argument": "padding", "bad": "valid", "good": "same"}
ACCEPT = [[("conv2d", "padding", "same"), ("conv2d_1", "padding", "same"),
           ("conv2d_2", "padding", "same"), ("conv2d_3", "padding", "same")]]
LOSS = "mse"


def build():
    board = keras.models.Sequential()
    board.add(layers.Conv2D(4, kernel_size=(3, 3), activation="relu", input_shape=(7, 9, 1)))
    board.add(layers.Conv2D(4, kernel_size=(3, 3), activation="relu"))
    board.add(layers.Conv2D(4, kernel_size=(3, 3), activation="relu"))
    board.add(layers.Conv2D(4, kernel_size=(3, 3), activation="relu"))
    board.add(layers.Flatten())
    board.add(layers.Dense(1))
    return board


def data():
    return np.zeros((3, 7, 9, 1), "float32"), np.zeros((3, 1), "float32")
