"""One of 97 words is wanted for a whole sequence, and one is told at each step: flag and wrapper have to go together."""
import numpy as np
import keras
from keras.layers import LSTM, Dense, Masking, TimeDistributed

SOURCE = "https://github.com/keras-team/keras/issues/5214"
TITLE = "expected time_distributed to have 3 dimensions, got (3000, 97)"
CATEGORY = "no single-argument repair"
STYLE = "sequential, a wrapper"
UPSTREAM = True
CRASHES = "fit"
REPAIRABLE = False
EXPECTED = {"words": (None, 97)}
ACTUAL = {"words": (None, 12, 97)}
CULPRIT = dict(layer="words", argument=None, bad=None, good=None)
ACCEPT = []
LOSS = "categorical_crossentropy"


def build():
    words = keras.Sequential()
    words.add(Masking(mask_value=0.0, input_shape=(12, 20)))
    words.add(LSTM(24, return_sequences=True))
    words.add(TimeDistributed(Dense(97, activation="softmax"), name="words"))
    return words


def data():
    return np.ones((4, 12, 20), "float32"), np.full((4, 97), 1 / 97, "float32")
