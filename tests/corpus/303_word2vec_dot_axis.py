"""Skip-gram: the similarity of a word and its neighbour is one number; the product was taken along the axis of
length one and gives a 100x100 table."""
import numpy as np
import keras
from keras.layers import Dense, Dot, Embedding, Flatten, Input

SOURCE = "https://github.com/keras-team/keras/issues/3006"
TITLE = "dot of two (None, 1, 100) embeddings with axes 1"
CATEGORY = "axes (Dot)"
STYLE = "functional, two inputs"
UPSTREAM = False
CRASHES = None
EXPECTED = {"similarity": (None, 1, 1)}
ACTUAL = {"similarity": (None, 100, 100)}
CULPRIT = dict(layer="similarity", argument="axes", bad=(1, 1), good=(2, 2))
ACCEPT = [("similarity", "axes", (2, 2)), ("similarity", "axes", 2), ("similarity", "axes", -1)]
LOSS = "binary_crossentropy"

WORDS, SIZE = 400, 100


def build():
    pair = [Input((1,), dtype="int32", name=role) for role in ("neighbour", "word")]
    vectors = [Embedding(WORDS, SIZE, name=f"{codes.name}_vector")(codes) for codes in pair]
    alike = Dot(axes=(1, 1), name="similarity")(vectors)
    return keras.Model(pair, Dense(1, activation="sigmoid")(Flatten()(alike)))


def data():
    return [np.zeros((6, 1), "int32"), np.ones((6, 1), "int32")], np.ones((6, 1), "float32")
