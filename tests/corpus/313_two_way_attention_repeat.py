"""Attention over a recurrent layer that reads both ways: the weights are repeated once for each unit, but there are
twice as many."""
import numpy as np
import keras
from keras.layers import (
    LSTM, Activation, Bidirectional, Dense, Dropout, Flatten, Input, Multiply, Permute, RepeatVector,
)

SOURCE = "https://github.com/keras-team/keras/issues/11299 (after the same recipe in tflearn/tflearn#662)"
TITLE = "attention weights (None, 50, 64) against activations (None, 50, 128)"
CATEGORY = "n (RepeatVector)"
STYLE = "functional"
UPSTREAM = True
CRASHES = "build"
EXPECTED = {"tags": (None, 50, 15)}
ACTUAL = {"bidirectional_1": (None, 50, 128), "permute": (None, 50, 64)}
CULPRIT = dict(layer="repeat_vector", argument="n", bad=64, good=128)
ACCEPT = [("repeat_vector", "n", 128), ("bidirectional_1", "merge_mode", "sum"), ("bidirectional_1", "merge_mode", "ave"),
          ("bidirectional_1", "merge_mode", "mul"), ("lstm_1", "units", 32)]
ALIASES = {"lstm_1": ["bidirectional_1", "forward_lstm_1", "backward_lstm_1"]}
LOSS = "categorical_crossentropy"

STEPS, UNITS, TAGS = 50, 64, 15


def build():
    words = Input(shape=(STEPS, 1))
    seen = Dropout(0.2)(Bidirectional(LSTM(UNITS, return_sequences=True))(words))
    seen = Dropout(0.2)(Bidirectional(LSTM(UNITS, return_sequences=True))(seen))
    weight = Flatten()(Dense(1, activation="tanh")(seen))
    weight = Activation("softmax")(weight)
    weight = RepeatVector(UNITS)(weight)
    weight = Permute((2, 1))(weight)
    sent = Multiply()([seen, weight])
    return keras.Model(words, Dense(TAGS, activation="softmax", name="tags")(sent))


def data():
    return np.zeros((2, STEPS, 1), "float32"), np.full((2, STEPS, TAGS), 1 / TAGS, "float32")
