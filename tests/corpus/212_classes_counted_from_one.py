"""Three moods labelled 1, 2 and 3: to_categorical makes four columns, the last layer three."""
import keras
import numpy as np
from keras.layers import LSTM, Dense, Embedding, SpatialDropout1D

SOURCE = "https://whosebug.com/question/3634840 (a mirror of StackOverflow: 'Keras Dense Layer Output Shape Error')"
TITLE = "dense_1 is (None, 3), the labels (658118, 4)"
CATEGORY = "units"
STYLE = "sequential, layers added one by one"
UPSTREAM = False
CRASHES = "fit"
EXPECTED = {"dense": (None, 4)}
ACTUAL = {"lstm": (None, 24), "dense": (None, 3)}
CULPRIT = {"layer": "dense", "argument": "units", "bad": 3, "good": 4}
ACCEPT = [("dense", "units", 4)]
LOSS = "categorical_crossentropy"

words, longest = 200, 40


def build():
    moods = keras.Sequential()
    moods.add(keras.Input((longest,)))
    moods.add(Embedding(words, 16))
    moods.add(SpatialDropout1D(0.4))
    moods.add(LSTM(24, dropout=0.2))
    moods.add(Dense(3, activation="softmax"))
    return moods


def data():
    return np.ones((5, longest), "int32"), keras.utils.to_categorical([1, 2, 3, 3, 1])
