"""Taxi demand for each of the 24 hours of a day as one row of targets; the network ends in a single unit."""
import numpy as np
from keras.layers import LSTM, Dense, Dropout, Input
from keras.models import Sequential

SOURCE = "https://github.com/keras-team/keras/issues/3237"
TITLE = "target (395216, 24) for an output (None, 1)"
CATEGORY = "units"
STYLE = "sequential, layers made in a loop"
UPSTREAM = False
CRASHES = "fit"
EXPECTED = {"answer": (None, 24)}
ACTUAL = {"answer": (None, 1)}
CULPRIT = dict(layer="answer", argument="units", bad=1, good=24)
ACCEPT = [("answer", "units", 24)]
LOSS = "binary_crossentropy"


def build():
    city = Sequential([Input((66, 5))])
    for last in (False, False, True):
        city.add(LSTM(32, return_sequences=not last))
        city.add(Dropout(0.1))
    for _ in range(2):
        city.add(Dense(32, activation="relu"))
    city.add(Dense(1, activation="sigmoid", name="answer"))
    return city


def data():
    return np.zeros((6, 66, 5), "float32"), np.zeros((6, 24), "float32")
