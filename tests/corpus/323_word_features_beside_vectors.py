"""A tagger sees each word's vector and one number about it. The number arrived without an axis of its own and cannot
stand beside the vector."""
import numpy as np
import keras
from keras.layers import LSTM, Bidirectional, Concatenate, Dense, Embedding, Input, TimeDistributed

SOURCE = "https://github.com/keras-team/keras/issues/12250"
TITLE = "one float per word beside an embedding"
CATEGORY = "Input shape"
STYLE = "functional, two inputs"
UPSTREAM = True
CRASHES = "build"
EXPECTED = {"word": (None, 24, 51)}
CULPRIT = dict(layer="number", argument="shape", bad=(24,), good=(24, 1))
ACCEPT = [("number", "shape", (24, 1))]
LOSS = "sparse_categorical_crossentropy"


def build():
    tokens = Input((24,), dtype="int32", name="tokens")
    number = Input((24,), dtype="float32", name="number")
    word = Concatenate(name="word")([Embedding(200, 50, name="vectors")(tokens), number])
    h = Bidirectional(LSTM(16, return_sequences=True))(word)
    return keras.Model([tokens, number], TimeDistributed(Dense(9, activation="softmax"))(h))


def data():
    return [np.zeros((2, 24), "int32"), np.zeros((2, 24, 1), "float32")], np.zeros((2, 24), "int32")
