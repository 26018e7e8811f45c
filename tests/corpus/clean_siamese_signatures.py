"""Two signatures through one network, compared by their distance."""

import keras
import numpy as np
from keras import layers

TITLE = "Siamese network"
NOTES = "one sub-model called twice; not square; Subtract and Dot of shared outputs"
LOSS = "binary_crossentropy"


def build():
    strip = keras.Input((40, 96, 1), name="strip")
    h = strip
    for index, maps in enumerate((8, 16)):
        h = layers.Conv2D(maps, (3, 5), padding="same", activation="relu", name=f"stroke{index}")(h)
        h = layers.MaxPooling2D((2, 3), name=f"shrink{index}")(h)
    h = layers.Dense(20, name="style")(layers.GlobalMaxPooling2D(name="strongest")(h))
    hand = keras.Model(strip, h, name="hand")

    known, doubted = keras.Input((40, 96, 1), name="known"), keras.Input((40, 96, 1), name="doubted")
    left, right = hand(known), hand(doubted)
    apart = layers.Subtract(name="apart")([left, right])
    alike = layers.Dot(axes=1, normalize=True, name="alike")([left, right])
    both = layers.Concatenate(name="both")([apart, alike])
    return keras.Model([known, doubted], layers.Dense(1, activation="sigmoid", name="same_hand")(both))


def data():
    rng = np.random.default_rng(0)
    x = [rng.random((2, 40, 96, 1)).astype("float32") for _ in range(2)]
    return x, np.array([[0.0], [1.0]], "float32")


EXPECTED = {
    "known": (None, 40, 96, 1),
    "doubted": (None, 40, 96, 1),
    "hand": (None, 20),
    "stroke0": (None, 40, 96, 8),
    "shrink0": (None, 20, 32, 8),
    "stroke1": (None, 20, 32, 16),
    "shrink1": (None, 10, 10, 16),
    "strongest": (None, 16),
    "style": (None, 20),
    "apart": (None, 20),
    "alike": (None, 1),
    "both": (None, 21),
    "same_hand": (None, 1),
}
