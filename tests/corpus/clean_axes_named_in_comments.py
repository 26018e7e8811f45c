"""A reader of films whose lines name their axes: the same words beside layers of different sizes."""

import keras
import numpy as np
from keras.layers import LSTM, Conv2D, Dense, GlobalAveragePooling2D, Input, MaxPooling2D, TimeDistributed

TITLE = "axis names in comments"
NOTES = "the words are those of tutorials; they tell the axes and not that their sizes are equal"
LOSS = "mse"


def build():
    film = Input((8, 24, 24, 3), name="film")  # (batch, frames, height, width, channels)
    x = TimeDistributed(Conv2D(8, 3, padding="same"), name="edges")(film)  # (batch, frames, height, width, channels)
    x = TimeDistributed(MaxPooling2D(2), name="half")(x)  # (batch, frames, height, width, channels)
    x = TimeDistributed(GlobalAveragePooling2D(), name="seen")(x)  # (batch, frames, features)
    x = LSTM(16, return_sequences=True)(x)  # (batch, frames, features)
    x = LSTM(12)(x)  # (batch, features)
    x = Dense(10, activation="relu")(x)  # (batch, features)
    return keras.Model(film, Dense(4)(x))  # (batch, classes)


def data():
    return np.zeros((2, 8, 24, 24, 3), "float32"), np.zeros((2, 4), "float32")


EXPECTED = {
    "film": (None, 8, 24, 24, 3),
    "edges": (None, 8, 24, 24, 8),
    "half": (None, 8, 12, 12, 8),
    "seen": (None, 8, 8),
    "lstm": (None, 8, 16),
    "lstm_1": (None, 12),
    "dense": (None, 10),
    "dense_1": (None, 4),
}
