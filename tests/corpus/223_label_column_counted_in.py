"""A table of four columns, the last one the answer: the first layer counts all four."""
import keras
import numpy as np
from keras.layers import Dense

SOURCE = "https://github.com/keras-team/keras/issues/9282"
TITLE = "first layer wants 4 columns, the array has 3"
CATEGORY = "input_shape"
STYLE = "sequential"
UPSTREAM = False
CRASHES = "fit"
EXPECTED = {"input_layer": (None, 3)}
ACTUAL = {"dense": (None, 8), "dense_1": (None, 1)}
CULPRIT = {"layer": "dense", "argument": "input_shape", "bad": (4,), "good": (3,)}
ACCEPT = [("dense", "input_shape", (3,))]
LOSS = "binary_crossentropy"

readings = np.array([[500, 6, 72, 1], [300, 5, 50, 0], [700, 5, 50, 0], [600, 5, 50, 0]], "float32")


def build():
    price = keras.Sequential()
    price.add(Dense(8, input_shape=(readings.shape[1],), activation="relu"))
    price.add(Dense(1, activation="sigmoid"))
    return price


def data():
    return readings[:, 0:3], readings[:, 3:]
