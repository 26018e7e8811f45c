"""Letter translator: a bidirectional encoder hands both states, joined, to a decoder of twice its width."""

import keras
import numpy as np
from keras.layers import LSTM, Bidirectional, Concatenate, Dense, Embedding, Input

TITLE = "sequence to sequence with states"
NOTES = "return_state everywhere, two lengths, decoder twice as wide as the encoder"
LOSS = "sparse_categorical_crossentropy"


def build():
    heard = Input((11,), dtype="int32", name="heard")
    said = Input((7,), dtype="int32", name="said")
    _, fh, fc, bh, bc = Bidirectional(LSTM(12, return_state=True), name="encoder")(Embedding(40, 8, name="ear")(heard))
    h = Concatenate(name="h")([fh, bh])
    c = Concatenate(name="c")([fc, bc])
    decoder = LSTM(24, return_sequences=True, return_state=True, name="decoder")
    spoken, _, _ = decoder(Embedding(50, 8, name="mouth")(said), initial_state=[h, c])
    return keras.Model([heard, said], Dense(50, activation="softmax", name="next_word")(spoken))


def data():
    return [np.zeros((3, 11), "int32"), np.zeros((3, 7), "int32")], np.zeros((3, 7), "int32")


EXPECTED = {
    "heard": (None, 11),
    "said": (None, 7),
    "ear": (None, 11, 8),
    "encoder": [(None, 24), (None, 12), (None, 12), (None, 12), (None, 12)],
    "h": (None, 24),
    "c": (None, 24),
    "mouth": (None, 7, 8),
    "decoder": [(None, 7, 24), (None, 24), (None, 24)],
    "next_word": (None, 7, 50),
}
