"""Two answers from one sentence. `None` was written for the number of sentences, which Keras adds by itself."""
import numpy as np
import keras
from keras.layers import LSTM, BatchNormalization, Bidirectional, Dense, Embedding, Input

SOURCE = "https://github.com/keras-team/keras/issues/7821"
TITLE = "Embedding gives four dimensions"
CATEGORY = "Input shape"
STYLE = "functional, two outputs in a loop"
UPSTREAM = True
CRASHES = "build"
EXPECTED = {"embedding": (None, 22, 32), "bidirectional": (None, 48)}
ACTUAL = {"embedding": (None, None, 22, 32)}
CULPRIT = dict(layer="sentence", argument="shape", bad=(None, 22), good=(22,))
ACCEPT = [("sentence", "shape", (22,))]
LOSS = "categorical_crossentropy"

TASKS = {"tone": 3, "dialect": 5}
LONGEST = 22


def build():
    sentence = Input(shape=(None, LONGEST), dtype="int32", name="sentence")
    h = Embedding(300, 32)(sentence)
    h = Bidirectional(LSTM(24, dropout=0.1))(h)
    h = BatchNormalization()(h)
    h = BatchNormalization()(Dense(40)(h))
    answers = [Dense(size, activation="softmax", name=task)(h) for task, size in TASKS.items()]
    return keras.Model(sentence, answers)


def data():
    return np.zeros((4, LONGEST), "int32"), [np.eye(n, dtype="float32")[[0, 1, 2, 0]] for n in TASKS.values()]
