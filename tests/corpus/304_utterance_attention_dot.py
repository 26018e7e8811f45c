"""Attention by hand: each step of the first sentence is weighed by its product with a summary of the second."""
import numpy as np
import keras
from keras.layers import LSTM, Dense, Dot, Input, Softmax, TimeDistributed

SOURCE = "https://github.com/keras-team/keras/issues/918"
TITLE = "dot product between a sequence and a vector"
CATEGORY = "axes (Dot)"
STYLE = "functional, two inputs"
UPSTREAM = False
CRASHES = "build"
EXPECTED = {"score": (None, 30)}
ACTUAL = {"steps": (None, 30, 24), "summary": (None, 24)}
CULPRIT = dict(layer="score", argument="axes", bad=1, good=(2, 1))
ACCEPT = [("score", "axes", (2, 1)), ("score", "axes", -1)]
LOSS = "categorical_crossentropy"

DIM = 24


def build():
    first = Input((30, 50), name="first")
    second = Input((18, 44), name="second")
    steps = TimeDistributed(Dense(DIM), name="steps")(first)
    summary = LSTM(DIM, name="summary")(TimeDistributed(Dense(DIM))(second))
    score = Dot(axes=1, name="score")([steps, summary])
    return keras.Model([first, second], Softmax()(score))


def data():
    x = [np.zeros((2, 30, 50), "float32"), np.zeros((2, 18, 44), "float32")]
    return x, np.full((2, 30), 1 / 30, "float32")
