"""A day of 96 points predicts the next day, one number a point; the last layer gives 96 numbers at each point."""
import numpy as np
import keras
from keras.layers import LSTM, Activation, Dense, TimeDistributed

SOURCE = "https://github.com/keras-team/keras/issues/5663"
TITLE = "(96, 96) where (96, 1) was wanted"
CATEGORY = "units"
STYLE = "sequential, a wrapper"
UPSTREAM = False
CRASHES = None
EXPECTED = {"curve": (None, 96, 1)}
ACTUAL = {"curve": (None, 96, 96)}
CULPRIT = dict(layer="dense", argument="units", bad=96, good=1)
ACCEPT = [("dense", "units", 1)]
ALIASES = {"curve": ["dense"]}
LOSS = "mse"

POINTS = 96


def build():
    day = keras.Sequential()
    day.add(keras.Input((POINTS, 1)))
    for width in (40, 20, 10):
        day.add(LSTM(width, return_sequences=True))
    day.add(TimeDistributed(Dense(POINTS, activation="relu"), name="curve"))
    day.add(Activation("linear"))
    return day


def data():
    days = np.zeros((4, POINTS, 1), "float32")
    return days, days
