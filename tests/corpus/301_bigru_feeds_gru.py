"""A translator reads in both directions and writes in one; both cells were given the same width, but what the
reader hands over is twice as wide."""
import numpy as np
import keras
from keras.layers import GRU, Bidirectional, Dense, Embedding, Input, TimeDistributed

SOURCE = "https://github.com/keras-team/keras/issues/5971"
TITLE = "bidirectional GRU as the initial state of a GRU"
CATEGORY = "merge_mode (Bidirectional)"
STYLE = "functional, two inputs"
UPSTREAM = True
CRASHES = "fit"
EXPECTED = {"reader": (None, 40), "writer": (None, 9, 40)}
ACTUAL = {"reader": (None, 80)}
CULPRIT = dict(layer="reader", argument="merge_mode", bad="concat", good="sum")
ACCEPT = [("reader", "merge_mode", "sum"), ("reader", "merge_mode", "ave"), ("reader", "merge_mode", "mul"),
          ("gru", "units", 20)]
ALIASES = {"gru": ["reader", "forward_gru", "backward_gru"]}
LOSS = "sparse_categorical_crossentropy"

HIDDEN, OLD_WORDS, NEW_WORDS, VECTOR = 40, 60, 70, 16


def build():
    said = Input((12,), dtype="int32", name="said")
    forced = Input((9,), dtype="int32", name="forced")
    thought = Bidirectional(GRU(units=HIDDEN, return_sequences=False), name="reader")(
        Embedding(OLD_WORDS, VECTOR)(said)
    )
    told = GRU(HIDDEN, return_sequences=True, name="writer")(
        Embedding(NEW_WORDS, VECTOR)(forced), initial_state=[thought]
    )
    return keras.Model([said, forced], TimeDistributed(Dense(NEW_WORDS, activation="softmax"))(told))


def data():
    return [np.zeros((4, 12), "int32"), np.zeros((4, 9), "int32")], np.zeros((4, 9), "int32")
