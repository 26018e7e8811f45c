"""Sentence polarity: windows of three word vectors, one pooling over the whole sentence,
a softmax over five grades.  The pooled step is still an axis of its own."""
import keras
import numpy as np
from keras.layers import Conv1D, Dense, Dropout, MaxPooling1D

SOURCE = "https://github.com/keras-team/keras/issues/5423"
TITLE = "dense has 3 dimensions, the grades are (8544, 5)"
CATEGORY = "missing layer"
STYLE = "sequential"
UPSTREAM = True
CRASHES = "fit"
EXPECTED = {"dense": (None, 5)}
ACTUAL = {"max_pooling1d": (None, 1, 20), "dense": (None, 1, 5)}
CULPRIT = {"layer": "dense", "argument": "insert_before", "bad": None, "good": "Flatten"}
ACCEPT = [(layer, "insert_before", kind)
          for layer in ("dense", "dropout")
          for kind in ("Flatten", "GlobalMaxPooling1D", "GlobalAveragePooling1D")]
LOSS = "categorical_crossentropy"

longest, window, vector, grades = 100, 3, 30, 5


def build():
    polarity = keras.Sequential()
    polarity.add(Conv1D(20, window, padding="same", input_shape=(longest - window + 1, window * vector)))
    polarity.add(MaxPooling1D(longest - window + 1))
    polarity.add(Dropout(0.5))
    polarity.add(Dense(grades, activation="softmax"))
    return polarity


def data():
    return np.zeros((4, longest - window + 1, window * vector), "float32"), np.eye(5, dtype="float32")[[0, 4, 2, 2]]
