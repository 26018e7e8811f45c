"""Attention was added to the letter-by-letter translator; its encoder still keeps only the last step. Keras says nothing:
the decoder then attends to the other samples of the batch."""
import numpy as np
import keras
from keras.layers import LSTM, Attention, Concatenate, Dense

SOURCE = "https://github.com/keras-team/keras-io/issues/193 (the concatenation apart)"
TITLE = "attention of a decoder over an encoder without return_sequences"
CATEGORY = "return_sequences"
STYLE = "functional, encoder and decoder"
UPSTREAM = False
CRASHES = None
EXPECTED = {"encoder": [(None, 14, 48), (None, 48), (None, 48)]}
ACTUAL = {"encoder": [(None, 48), (None, 48), (None, 48)], "context": (None, 11, 48)}
CULPRIT = dict(layer="encoder", argument="return_sequences", bad=False, good=True)
ACCEPT = [("encoder", "return_sequences", True)]
LOSS = "categorical_crossentropy"

LATENT, LETTERS = 48, 26


def build():
    source = keras.Input((14, LETTERS), name="source")
    encoded, state_h, state_c = LSTM(LATENT, return_state=True, name="encoder")(source)

    target = keras.Input((11, LETTERS), name="target")
    decoder = LSTM(LATENT, return_sequences=True, return_state=True, name="decoder")
    decoded, _, _ = decoder(target, initial_state=[state_h, state_c])

    context = Attention(name="context")([decoded, encoded])
    both = Concatenate(axis=-1)([decoded, context])
    return keras.Model([source, target], Dense(LETTERS, activation="softmax", name="letters")(both))


def data():
    x = [np.zeros((3, 14, LETTERS), "float32"), np.zeros((3, 11, LETTERS), "float32")]
    return x, np.full((3, 11, LETTERS), 1 / LETTERS, "float32")
