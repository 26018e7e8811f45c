"""Attention over the steps: the weights are made for the features, while what they weigh is turned to steps."""
import numpy as np
import keras
from keras.layers import Dense, Flatten, Input, LSTM, Multiply, Permute

SOURCE = "https://github.com/philipperemy/keras-attention/issues/24"
TITLE = "Multiply of (20, 32) and (8, 32)"
CATEGORY = "units"
STYLE = "functional, a helper"
UPSTREAM = True
CRASHES = "build"
EXPECTED = {"weights": (None, 32, 20), "back": (None, 20, 32)}
ACTUAL = {"weights": (None, 32, 8), "back": (None, 8, 32)}
CULPRIT = dict(layer="weights", argument="units", bad=8, good=20)
ACCEPT = [("weights", "units", 20)]
LOSS = "binary_crossentropy"

STEPS, FEATURES = 20, 8


def attended(x):
    a = Permute((2, 1), name="turned")(x)
    a = Dense(FEATURES, activation="softmax", name="weights")(a)
    a = Permute((2, 1), name="back")(a)
    return Multiply(name="weighed")([x, a])


def build():
    record = Input((STEPS, FEATURES))
    h = attended(LSTM(32, return_sequences=True)(record))
    return keras.Model(record, Dense(1, activation="sigmoid")(Flatten()(h)))


def data():
    return np.zeros((2, STEPS, FEATURES), "float32"), np.zeros((2, 1), "float32")
