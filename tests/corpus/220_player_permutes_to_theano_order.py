"""A game player taken from an Atari example: the frames are permuted to channels first, the
convolutions read channels last."""
import keras
import numpy as np
from keras.layers import Conv2D, Dense, Flatten, Permute, Rescaling

SOURCE = "https://github.com/keras-team/keras/issues/6956"
TITLE = "Permute((3, 1, 2)) in front of channels-last convolutions"
CATEGORY = "Permute / axis order"
STYLE = "sequential"
UPSTREAM = True
CRASHES = "build"
EXPECTED = {"conv2d": (None, 39, 39, 16), "conv2d_1": (None, 18, 18, 16)}
ACTUAL = {"permute": (None, 3, 84, 84)}
CULPRIT = {"layer": "permute", "argument": "dims", "bad": (3, 1, 2), "good": (1, 2, 3)}
ACCEPT = [("permute", "dims", (1, 2, 3)), ("permute", "dims", (2, 1, 3))]
LOSS = "mse"

screen = (84, 84)


def build():
    player = keras.Sequential([keras.Input((*screen, 3))])
    player.add(Rescaling(1 / 255))
    player.add(Permute((3, 1, 2)))
    player.add(Conv2D(16, (8, 8), strides=(2, 2), activation="relu"))
    player.add(Conv2D(16, (4, 4), strides=(2, 2), activation="relu"))
    player.add(Conv2D(16, (3, 3), strides=(2, 2), activation="relu"))
    player.add(Flatten())
    player.add(Dense(32, activation="relu"))
    player.add(Dense(5))
    return player


def data():
    return np.zeros((2, *screen, 3), "float32"), np.zeros((2, 5), "float32")
