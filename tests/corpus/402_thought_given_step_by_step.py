"""The question shall become one thought and be repeated; the layer that reads it gives a state for each letter."""
import numpy as np
import keras
from keras.layers import GRU, Dense, Input, RepeatVector, TimeDistributed

SOURCE = "https://github.com/DOsinga/deep_learning_cookbook/issues/42"
TITLE = "repeat_vector expected ndim=2, found ndim=3"
CATEGORY = "return_sequences"
STYLE = "functional"
UPSTREAM = True
CRASHES = "build"
EXPECTED = {"question": (None, 24), "answer": (None, 7, 20)}
ACTUAL = {"question": (None, 12, 24)}
CULPRIT = dict(layer="question", argument="return_sequences", bad=True, good=False)
ACCEPT = [("question", "return_sequences", False)]
ALIASES = {"answer": ["dense"]}
LOSS = "categorical_crossentropy"

ASKED, ANSWERED, LETTERS, HIDDEN = 12, 7, 20, 24


def build():
    letters = Input((ASKED, LETTERS))
    h = GRU(HIDDEN, return_sequences=True, name="read")(letters)
    question = GRU(HIDDEN, return_sequences=True, name="question")(h)
    h = RepeatVector(ANSWERED)(question)
    h = GRU(HIDDEN, return_sequences=True, name="tell")(h)
    return keras.Model(letters, TimeDistributed(Dense(LETTERS, activation="softmax"), name="answer")(h))


def data():
    return np.zeros((3, ASKED, LETTERS), "float32"), np.full((3, ANSWERED, LETTERS), 1 / LETTERS, "float32")
