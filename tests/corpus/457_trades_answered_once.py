"""A stateful LSTM over windows of ten trades; an answer is wanted for each of the ten."""
import numpy as np
import keras
from keras import layers

SOURCE = "https://github.com/keras-team/keras/issues/8481"
TITLE = "expected dense_1 to have shape (batch_size, 1)"
CATEGORY = "return_sequences"
STYLE = "sequential, stateful"
UPSTREAM = True
CRASHES = "fit"
EXPECTED = {"dense": (8, 10, 1)}
ACTUAL = {"lstm": (8, 4), "dense": (8, 1)}
CULPRIT = dict(layer="lstm", argument="return_sequences", bad=False, good=True)
ACCEPT = [("lstm", "return_sequences", True)]
LOSS = "categorical_crossentropy"

BATCH = 8
hidden, seq_len, input_dim = 4, 10, 1


def build():
    model = keras.Sequential()
    model.add(keras.Input(batch_shape=(BATCH, seq_len, input_dim)))
    model.add(layers.LSTM(hidden, stateful=True, return_sequences=False))
    model.add(layers.Dense(1, activation="linear"))
    return model


def data():
    return np.zeros((BATCH, seq_len, input_dim), "float32"), np.zeros((BATCH, seq_len, 1), "float32")
