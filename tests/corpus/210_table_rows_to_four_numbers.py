"""Two dense layers over a 3x2 table, four numbers wanted for each table.  The second layer
answers once for each row of the table; mean squared error broadcasts in silence."""
import keras
import numpy as np
from keras.layers import Activation, Dense

SOURCE = "https://stackoverflow.com/questions/43237124"
TITLE = "output is (1, 3, 4) and not (1, 4)"
CATEGORY = "missing layer"
STYLE = "sequential"
UPSTREAM = True
CRASHES = None
EXPECTED = {"dense_1": (None, 4)}
ACTUAL = {"dense": (None, 3, 16), "dense_1": (None, 3, 4)}
CULPRIT = {"layer": "dense_1", "argument": "insert_before", "bad": None, "good": "Flatten"}
ACCEPT = [(layer, "insert_before", kind)
          for layer in ("dense_1", "activation", "dense")
          for kind in ("Flatten", "GlobalAveragePooling1D", "GlobalMaxPooling1D")]
LOSS = "mean_squared_error"


def build():
    rows = keras.Sequential()
    rows.add(Dense(16, input_shape=(3, 2)))
    rows.add(Activation("relu"))
    rows.add(Dense(4))
    return rows


def data():
    table = np.array([[[1, 2], [3, 4], [5, 6]]], "float32")
    return table, np.zeros((1, 4), "float32")
