"""The same translator, encoder mended: what was attended to is now laid behind the decoder's steps instead of beside
them, and twice as many letters come out."""
import numpy as np
import keras
from keras.layers import LSTM, Attention, Concatenate, Dense

SOURCE = "https://github.com/keras-team/keras-io/issues/193 (the encoder apart)"
TITLE = "concat_layer joins decoder output and context along the time axis"
CATEGORY = "axis (Concatenate)"
STYLE = "functional, encoder and decoder"
UPSTREAM = True
CRASHES = "fit"
EXPECTED = {"letters": (None, 11, 26)}
ACTUAL = {"concat_layer": (None, 22, 48), "letters": (None, 22, 26)}
CULPRIT = dict(layer="concat_layer", argument="axis", bad=1, good=-1)
ACCEPT = [("concat_layer", "axis", -1), ("concat_layer", "axis", 2)]
LOSS = "categorical_crossentropy"

LATENT, LETTERS = 48, 26


def build():
    source = keras.Input((14, LETTERS), name="source")
    encoded, state_h, state_c = LSTM(LATENT, return_sequences=True, return_state=True, name="encoder")(source)
    target = keras.Input((11, LETTERS), name="target")
    decoder = LSTM(LATENT, return_sequences=True, return_state=True, name="decoder")
    decoded, _, _ = decoder(target, initial_state=[state_h, state_c])
    context = Attention(name="context")([decoded, encoded])
    joined = Concatenate(axis=1, name="concat_layer")([decoded, context])
    return keras.Model([source, target], Dense(LETTERS, activation="softmax", name="letters")(joined))


def data():
    x = [np.zeros((3, 14, LETTERS), "float32"), np.zeros((3, 11, LETTERS), "float32")]
    return x, np.full((3, 11, LETTERS), 1 / LETTERS, "float32")
