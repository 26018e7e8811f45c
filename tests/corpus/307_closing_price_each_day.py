"""Sixty-four windows of twenty days: from open, low, high and volume of each day, the closing price of each day.
The targets are (64, 20, 1), the network answers once per window."""
import numpy as np
from keras.layers import LSTM, Dense, Dropout
from keras.models import Sequential

SOURCE = "https://github.com/keras-team/keras/issues/11554"
TITLE = "target has shape (64, 20, 1), dense has 2 dimensions"
CATEGORY = "return_sequences"
STYLE = "sequential"
UPSTREAM = True
CRASHES = None
EXPECTED = {"dense_1": (None, 20, 1)}
ACTUAL = {"lstm_2": (None, 20), "dense_1": (None, 1)}
CULPRIT = dict(layer="lstm_2", argument="return_sequences", bad=False, good=True)
ACCEPT = [("lstm_2", "return_sequences", True)]


def build():
    market = Sequential()
    market.add(LSTM(20, return_sequences=True, input_shape=(20, 4)))
    market.add(Dropout(0.2))
    market.add(LSTM(20, return_sequences=True))
    market.add(Dropout(0.2))
    market.add(LSTM(20))
    market.add(Dense(20, activation="relu"))
    market.add(Dense(1, activation="linear"))
    return market


def data():
    rng = np.random.default_rng(0)
    return rng.normal(size=(64, 20, 4)), rng.normal(size=(64, 20, 1))
