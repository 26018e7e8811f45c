"""Three lists of codes are embedded and laid end to end; the dense layer was expected to see all of it as one
row."""
import numpy as np
import keras
from keras.layers import Dense, Embedding, Input, concatenate

SOURCE = "https://github.com/keras-team/keras/issues/2415"
TITLE = "Dense on three merged embeddings: expected ndim=2, found ndim=3"
CATEGORY = "missing layer"
STYLE = "functional, three inputs"
UPSTREAM = False
CRASHES = "fit"
EXPECTED = {"mixed": (None, 60)}
ACTUAL = {"mixed": (None, 220, 60)}
CULPRIT = dict(layer="mixed", argument="insert_before", bad=None, good="Flatten")
ACCEPT = [("mixed", "insert_before", "Flatten"), ("mixed", "insert_before", "GlobalAveragePooling1D"),
          ("mixed", "insert_before", "GlobalMaxPooling1D")]


def build():
    lists = [Input((length,), dtype="int32", name=name) for name, length in (("a", 100), ("b", 100), ("c", 20))]
    vectors = [Embedding(input_dim=1000, output_dim=60)(codes) for codes in lists]
    everything = concatenate(vectors, axis=1)
    return keras.Model(lists, Dense(60, activation="tanh", name="mixed")(everything))


def data():
    return [np.zeros((3, n), "int32") for n in (100, 100, 20)], np.zeros((3, 60), "float32")
