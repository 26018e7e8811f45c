"""One number is wanted for each window of 32 steps; both recurrent layers go on giving sequences."""
import numpy as np
import keras
from keras.layers import LSTM, Dense

SOURCE = "https://github.com/keras-team/keras/issues/3621"
TITLE = "targets (100, 1) against an answer for each of 32 steps"
CATEGORY = "return_sequences"
STYLE = "sequential, add"
UPSTREAM = True
CRASHES = None
EXPECTED = {"answer": (None, 1)}
ACTUAL = {"lstm_1": (None, 32, 16), "answer": (None, 32, 1)}
CULPRIT = dict(layer="lstm_1", argument="return_sequences", bad=True, good=False)
ACCEPT = [("lstm_1", "return_sequences", False), ("answer", "insert_before", "Flatten"),
          ("answer", "insert_before", "GlobalAveragePooling1D"), ("answer", "insert_before", "GlobalMaxPooling1D")]
LOSS = "mse"

STEPS, SENSORS = 32, 3


def build():
    net = keras.Sequential()
    net.add(LSTM(16, input_shape=(STEPS, SENSORS), activation="tanh", return_sequences=True))
    net.add(LSTM(16, activation="tanh", return_sequences=True))
    net.add(Dense(1, activation="sigmoid", name="answer"))
    return net


def data():
    return np.zeros((10, STEPS, SENSORS), "float32"), np.zeros((10, 1), "float32")
