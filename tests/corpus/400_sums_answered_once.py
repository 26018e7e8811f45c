"""A network that shall answer a sum digit by digit; its only recurrent layer keeps the last step alone."""
import numpy as np
import keras
from keras.layers import LSTM, Activation, Dense

SOURCE = "https://github.com/keras-team/keras/issues/3105"
TITLE = "expected activation to have 2 dimensions, got targets of 9 x 15"
CATEGORY = "return_sequences"
STYLE = "sequential, add"
UPSTREAM = True
CRASHES = "fit"
EXPECTED = {"activation": (None, 9, 15)}
ACTUAL = {"lstm": (None, 81), "activation": (None, 15)}
CULPRIT = dict(layer="lstm", argument="return_sequences", bad=False, good=True)
ACCEPT = [("lstm", "return_sequences", True)]
LOSS = "categorical_crossentropy"

LONGEST, SIGNS = 9, 15


def build():
    adder = keras.Sequential()
    adder.add(LSTM(LONGEST**2, input_shape=(LONGEST, SIGNS)))
    adder.add(Dense(SIGNS))
    adder.add(Activation("softmax"))
    return adder


def data():
    return np.zeros((6, LONGEST, SIGNS), "float32"), np.full((6, LONGEST, SIGNS), 1 / SIGNS, "float32")
