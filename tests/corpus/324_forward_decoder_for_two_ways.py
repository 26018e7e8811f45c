"""The states of a reader that works both ways were joined in pairs, and the decoder kept its single width."""
import numpy as np
from keras.layers import LSTM, Bidirectional, Concatenate, Dense, Input
from keras.models import Model

SOURCE = "http://pullrequest.ru/12233318/dvunapravlennyi-dekoder-seq2seq-keras (mirror of a StackOverflow question)"
TITLE = "bidirectional encoder, decoder with n_units instead of 2 * n_units"
CATEGORY = "units"
STYLE = "functional, encoder and decoder"
UPSTREAM = False
CRASHES = "fit"
EXPECTED = {"join_h": (None, 16), "join_c": (None, 16), "decoder": [(None, 5, 16), (None, 16), (None, 16)]}
ACTUAL = {"join_h": (None, 16)}
CULPRIT = dict(layer="decoder", argument="units", bad=8, good=16)
ACCEPT = [("decoder", "units", 16)]
LOSS = "mse"

WIDTH = 8


def build():
    heard = Input((7, 3), name="heard")
    _, fh, fc, bh, bc = Bidirectional(LSTM(WIDTH, return_state=True), name="encoder")(heard)
    memory = [Concatenate(name="join_h")([fh, bh]), Concatenate(name="join_c")([fc, bc])]

    spoken = Input((5, 2), name="spoken")
    said, _, _ = LSTM(WIDTH, return_sequences=True, return_state=True, name="decoder")(spoken, initial_state=memory)
    return Model([heard, spoken], Dense(2)(said))


def data():
    return [np.zeros((4, 7, 3), "float32"), np.zeros((4, 5, 2), "float32")], np.zeros((4, 5, 2), "float32")
